using System.Globalization;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// Takes turns in sessions with a lifetime, and comes back to each at about the time when it ends: before, after, and while it does.
/// </summary>
internal sealed class LeftSessions(WorkerTask task, ISessionManagerFactory sessions)
{
    private const int Sessions = 10;
    private const int MaxTurns = 4;
    private const int MaxModelTime = 800;

    private readonly Dictionary<string, (ISessionManager Session, SessionAgent Agent)> _held = [];

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // The same after a restart of the process, and no other task's.
            var sessionId = string.Create(CultureInfo.InvariantCulture, $"left-{task.Settings.Index}-{task.Number}-{task.Random.Next(Sessions)}");
            for (var turn = task.Random.Next(1, MaxTurns); turn > 0; turn--)
            {
                // Some applications keep what they have loaded, and go on without another load.
                var isHeld = _held.TryGetValue(sessionId, out var held) && task.Random.Next(2) == 0;
                var (session, agent) = isHeld ? held : (sessions.Create(sessionId), new SessionAgent("support"));
                var isNew = isHeld ? false : await task.LoadAsync(session, agent);
                if (isNew is not null)
                {
                    _held[sessionId] = (session, agent);

                    // Nobody else appends to it.
                    if (await task.AppendAsync(session, agent) is > 0 and var first && isNew.Value)
                    {
                        task.Log.NotFirst(sessionId, first);
                    }

                    // The model thinks; by the fast clock for some seconds.
                    await task.PauseAsync(MaxModelTime, stop);
                    await task.AppendAsync(session, agent);

                    // Some turns end before their sync, as in a process that is killed there: their messages extend no life.
                    if (task.Random.Next(3) > 0)
                    {
                        await task.WriteAsync(session, agent);
                    }
                }
            }
        }
    }
}
