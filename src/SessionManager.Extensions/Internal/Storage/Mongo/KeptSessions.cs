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
    private volatile ConcurrentDictionary<string, DateTime> _before = new(StringComparer.Ordinal);
    private volatile ConcurrentDictionary<string, DateTime> _current = new(StringComparer.Ordinal);
    private DateTime _start;

    /// <summary>
    /// Tells whether a session lives until a time at least.
    /// </summary>
    public bool IsKept(string sessionId, DateTime expiry) => IsKept(_current, sessionId, expiry) || IsKept(_before, sessionId, expiry);

    /// <summary>
    /// Notes that a session lives until a time at least.
    /// </summary>
    public void Keep(string sessionId, DateTime expiry, DateTime now)
    {
        if (IsKept(sessionId, expiry))
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

        _current[sessionId] = expiry;
    }

    /// <summary>
    /// Forgets a session, which is gone.
    /// </summary>
    public void Forget(string sessionId)
    {
        _current.TryRemove(sessionId, out _);
        _before.TryRemove(sessionId, out _);
    }

    private static bool IsKept(ConcurrentDictionary<string, DateTime> expiries, string sessionId, DateTime expiry) =>
        expiries.TryGetValue(sessionId, out var known) && known >= expiry;
}
