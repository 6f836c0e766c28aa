namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Says until when a session and its messages live, when each write extends its life.
/// </summary>
/// <remarks>
/// <para>
/// Time is cut into spans of a quarter of the lifetime. Within a span every write gives the same times, whatever process
/// it comes from, so that the messages of a session always expire together, and need to be touched only when a write is
/// the first of its span.
/// </para>
/// <para>
/// Where the spans of a session begin depends on its id. If all began together, the server would have to delete at once
/// what was written in a whole span, and each session's first write in a new span would meet those of all others.
/// </para>
/// <para>
/// Messages outlive their session by one lifetime and two spans. Even if a process ends between the extension of the
/// session and that of its messages, the session goes first: it is never found with a part of its history.
/// </para>
/// </remarks>
internal sealed class SessionLifetime(TimeSpan lifetime)
{
    private const int SpansPerLifetime = 4;

    // FNV-1a: the hash of a string differs from process to process.
    private const ulong HashStart = 14695981039346656037;
    private const ulong HashFactor = 1099511628211;

    private readonly long _span = lifetime.Ticks / SpansPerLifetime;

    /// <summary>
    /// Gets the time within which every write of a session gives the same times.
    /// </summary>
    public TimeSpan Span => TimeSpan.FromTicks(_span);

    /// <summary>
    /// Gets the time at which a session expires that is written to now: at least one lifetime ahead, at most a span more.
    /// </summary>
    public DateTime GetSessionExpiry(string sessionId, DateTime now) => Ceiling(sessionId, now) + lifetime;

    /// <summary>
    /// Gets the time at which the messages of such a session expire.
    /// </summary>
    public DateTime GetMessagesExpiry(string sessionId, DateTime now) => Ceiling(sessionId, now) + (2 * lifetime) + (2 * Span);

    /// <summary>
    /// Gets a time that lies after the expiry of every message whose session has expired, and before that of every message
    /// of a session that is created now.
    /// </summary>
    public DateTime GetLeftoverLimit(DateTime now) => now + (1.5 * lifetime) + (2 * Span);

    private DateTime Ceiling(string sessionId, DateTime now)
    {
        var phase = GetPhase(sessionId);
        return new DateTime(((((now.Ticks - phase) / _span) + 1) * _span) + phase, DateTimeKind.Utc);
    }

    private long GetPhase(string sessionId)
    {
        var hash = HashStart;
        foreach (var character in sessionId)
        {
            hash = (hash ^ character) * HashFactor;
        }

        return (long)(hash % (ulong)_span);
    }
}
