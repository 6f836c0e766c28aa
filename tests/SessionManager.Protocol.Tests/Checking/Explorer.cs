namespace SessionManager.Protocol.Checking;

/// <summary>
/// Explores what can happen in a scenario, depth first. An execution cannot be taken back, so each other way is begun anew; a state that was
/// seen before is not gone on from.
/// </summary>
internal sealed class Explorer(Scenario scenario, int maxStates)
{
    private const int StackSize = 64 * 1024 * 1024;

    private readonly HashSet<Digest> _seen = [];
    private readonly List<Step> _path = [];

    public int States => _seen.Count;

    public int Executions { get; private set; }

    public int LongestPath { get; private set; }

    /// <summary>
    /// Gets a value indicating whether every state was reached.
    /// </summary>
    public bool IsComplete { get; private set; }

    /// <exception cref="ProtocolException">An invariant does not hold.</exception>
    public void Explore()
    {
        Exception? error = null;

        // A thread of its own has no synchronization context: what the scheduler completes goes on inline. And paths are long.
        var thread = new Thread(
            () =>
            {
                try
                {
                    IsComplete = true;
                    Visit(Start());
                }
                catch (Exception e)
                {
                    error = e;
                }
            },
            StackSize);
        thread.Start();
        thread.Join();
        if (error is not null)
        {
            throw error is ProtocolException violation ? violation : new InvalidOperationException($"The checker failed: {error}", error);
        }
    }

    private World Start()
    {
        Executions++;
        return new World(scenario);
    }

    private void Visit(World world)
    {
        world.Check();
        LongestPath = Math.Max(LongestPath, _path.Count);
        if (!_seen.Add(world.GetState()))
        {
            return;
        }

        var steps = world.GetSteps();
        for (var i = 0; i < steps.Count; i++)
        {
            if (_seen.Count >= maxStates)
            {
                IsComplete = false;
                return;
            }

            var next = i == 0 ? world : Replay();
            next.Take(steps[i]);
            _path.Add(steps[i]);
            Visit(next);
            _path.RemoveAt(_path.Count - 1);
        }
    }

    private World Replay()
    {
        var world = Start();
        foreach (var step in _path)
        {
            world.Take(step);
        }

        return world;
    }
}
