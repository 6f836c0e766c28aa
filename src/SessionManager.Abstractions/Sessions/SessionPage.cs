namespace SessionManager;

/// <summary>
/// Represents one page of a list of sessions.
/// </summary>
public sealed record SessionPage
{
    /// <summary>
    /// Gets the sessions.
    /// </summary>
    public required IReadOnlyList<SessionInfo> Sessions { get; init; }

    /// <summary>
    /// Gets what continues the list as <see cref="SessionQuery.After"/>.
    /// </summary>
    /// <value>Null on the last page. Sessions that are added or updated meanwhile neither double nor shift a page.</value>
    public string? Next { get; init; }
}
