namespace SessionManager.Internal;

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
/// Messages outlive their session by one lifetime and two spans. Even if a process ends between the extension of the
/// session and that of its messages, the session goes first: no one sees it with a part of its history.
/// </para>
/// </remarks>
internal sealed class SessionLifetime(TimeSpan lifetime)
{
    private const int SpansPerLifetime = 4;

    private readonly long _span = lifetime.Ticks / SpansPerLifetime;

    /// <summary>
    /// Gets the time at which a session expires that is written to now: at least one lifetime ahead, at most a span more.
    /// </summary>
    public DateTime GetSessionExpiry(DateTime now) => Ceiling(now) + lifetime;

    /// <summary>
    /// Gets the time at which the messages of such a session expire.
    /// </summary>
    public DateTime GetMessagesExpiry(DateTime now) => Ceiling(now) + (2 * lifetime) + TimeSpan.FromTicks(2 * _span);

    /// <summary>
    /// Gets a time that lies after the expiry of every message whose session has expired, and before that of every message
    /// of a session that is created now.
    /// </summary>
    public DateTime GetLeftoverLimit(DateTime now) => now + (1.5 * lifetime) + TimeSpan.FromTicks(2 * _span);

    private DateTime Ceiling(DateTime now) => new(((now.Ticks / _span) + 1) * _span, DateTimeKind.Utc);
}
