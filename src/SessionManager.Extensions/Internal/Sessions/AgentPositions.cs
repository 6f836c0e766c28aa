using System.Collections.Concurrent;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// One <see cref="AgentPosition"/> for each agent that session managers of this process use, for as long as one does.
/// </summary>
internal sealed class AgentPositions
{
    private const int FirstSweep = 1024;

    // A session manager need not be disposed, so its end is what the garbage collector finds.
    private readonly ConcurrentDictionary<(SessionStorage Storage, string SessionId, string AgentId), WeakReference<AgentPosition>> _positions = new();
    private readonly Lock _sweeping = new();
    private int _count;
    private int _nextSweep = FirstSweep;

    /// <summary>
    /// Gets the number of agents that are kept, those that no session manager uses any more included.
    /// </summary>
    public int Count => Volatile.Read(ref _count);

    public AgentPosition Get(SessionStorage storage, string sessionId, string agentId)
    {
        var key = (storage, sessionId, agentId);
        while (true)
        {
            if (!_positions.TryGetValue(key, out var reference))
            {
                var added = new AgentPosition();
                if (_positions.TryAdd(key, new WeakReference<AgentPosition>(added)))
                {
                    Added();
                    return added;
                }
            }
            else if (reference.TryGetTarget(out var position))
            {
                return position;
            }
            else
            {
                // Its last user is gone. Another call may be putting a new one in its place at the same time.
                var fresh = new AgentPosition();
                if (_positions.TryUpdate(key, new WeakReference<AgentPosition>(fresh), reference))
                {
                    return fresh;
                }
            }
        }
    }

    /// <summary>
    /// Forgets where the histories of a session end: it is deleted.
    /// </summary>
    public void Forget(SessionStorage storage, string sessionId)
    {
        foreach (var (key, reference) in _positions)
        {
            if (key.SessionId == sessionId && key.Storage == storage && reference.TryGetTarget(out var position))
            {
                position.Forget();
            }
        }
    }

    // Each sweep waits for as many additions as the one before has left, so that an addition costs the same, however many
    // there are.
    private void Added()
    {
        if (Interlocked.Increment(ref _count) < Volatile.Read(ref _nextSweep) || !_sweeping.TryEnter())
        {
            return;
        }

        try
        {
            foreach (var entry in _positions)
            {
                // By key and value, so that a reference that was just replaced stays.
                if (!entry.Value.TryGetTarget(out _) && _positions.TryRemove(entry))
                {
                    Interlocked.Decrement(ref _count);
                }
            }

            Volatile.Write(ref _nextSweep, Math.Max(FirstSweep, 2 * Count));
        }
        finally
        {
            _sweeping.Exit();
        }
    }
}
