using System.Collections.Concurrent;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Remembers until when sessions are known to live, so that only the first write of a span has to see to it.
/// </summary>
/// <remarks>
/// Thread-safe. A session may live longer than that, or be deleted: what is done with it tells. What was noted is forgotten after one to
/// two spans, when it says nothing any more.
/// </remarks>
/// <param name="span">See <see cref="SessionLifetime.Span"/>.</param>
internal sealed class KeptSessions(TimeSpan span)
{
    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<string, KeptSession> _before = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, KeptSession> _current = new(StringComparer.Ordinal);
    private DateTime _start;

    /// <summary>
    /// Tells whether a session lives until a time at least, and has a branch: a lower one is of a session of the same id that has ended.
    /// </summary>
    public bool IsKept(string sessionId, DateTime expiry, int branch) =>
        Find(sessionId) is { } known && known.Expiry >= expiry && known.FirstBranch <= branch;

    /// <summary>
    /// Notes that a session lives until a time at least, and that its branches begin with a number.
    /// </summary>
    public void Keep(string sessionId, DateTime expiry, int firstBranch, DateTime now)
    {
        if (Find(sessionId) is { } known && known.Expiry >= expiry && known.FirstBranch >= firstBranch)
        {
            return;
        }

        lock (_turning)
        {
            if (now - _start > span)
            {
                (_before, _current, _start) = (_current, new(StringComparer.Ordinal), now);
            }
        }

        _current[sessionId] = new(expiry, firstBranch);
    }

    /// <summary>
    /// Forgets a session, which is gone.
    /// </summary>
    public void Forget(string sessionId)
    {
        _current.TryRemove(sessionId, out _);
        _before.TryRemove(sessionId, out _);
    }

    private KeptSession? Find(string sessionId) =>
        _current.TryGetValue(sessionId, out var known) || _before.TryGetValue(sessionId, out known) ? known : null;

    private readonly record struct KeptSession(DateTime Expiry, int FirstBranch);
}
