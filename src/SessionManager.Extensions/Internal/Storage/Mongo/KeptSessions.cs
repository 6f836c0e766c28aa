using System.Collections.Concurrent;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Remembers until when sessions are known to live, so that only the first write of a span has to see to it.
/// </summary>
/// <remarks>A session may live longer than that, or be deleted: what is done with it tells.</remarks>
internal sealed class KeptSessions
{
    private const int FirstSweep = 1024;

    private readonly ConcurrentDictionary<string, DateTime> _expiries = new(StringComparer.Ordinal);
    private readonly Lock _sweeping = new();
    private int _nextSweep = FirstSweep;

    /// <summary>
    /// Tells whether a session lives until a time at least.
    /// </summary>
    public bool IsKept(string sessionId, DateTime expiry) => _expiries.TryGetValue(sessionId, out var known) && known >= expiry;

    /// <summary>
    /// Notes that a session lives until a time at least.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="expiry">The time.</param>
    /// <param name="now">The time it is: what has expired is forgotten.</param>
    public void Keep(string sessionId, DateTime expiry, DateTime now)
    {
        _expiries[sessionId] = expiry;

        // Each sweep waits for as many as the one before has left, so that a note costs the same, however many there are.
        if (_expiries.Count >= _nextSweep && _sweeping.TryEnter())
        {
            try
            {
                foreach (var entry in _expiries.Where(entry => entry.Value <= now))
                {
                    _expiries.TryRemove(entry);
                }

                _nextSweep = Math.Max(FirstSweep, 2 * _expiries.Count);
            }
            finally
            {
                _sweeping.Exit();
            }
        }
    }

    /// <summary>
    /// Forgets a session, which is gone.
    /// </summary>
    public void Forget(string sessionId) => _expiries.TryRemove(sessionId, out _);
}
