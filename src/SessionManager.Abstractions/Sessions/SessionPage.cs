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

    /// <summary>
    /// Makes a page, for storages that page by <see cref="SessionCursor"/>.
    /// </summary>
    /// <param name="found">
    /// The first sessions behind <see cref="SessionQuery.After"/>, in the order of the query; where there are more than its limit,
    /// at least one more.
    /// </param>
    /// <param name="query">The query.</param>
    /// <returns>The page, whose <see cref="Next"/> is null where nothing is beyond the limit.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static SessionPage Create(IReadOnlyList<SessionInfo> found, SessionQuery query)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(query);
        if (found.Count <= query.Limit)
        {
            return new SessionPage { Sessions = found, Next = null };
        }

        var last = found[query.Limit - 1];
        var end = new SessionCursor
        {
            Order = query.Order,
            Time = query.Order == SessionOrder.UpdatedAt ? last.UpdatedAt : last.CreatedAt,
            SessionId = SessionKey.ToText(last.Owner, last.SessionId),
        };
        return new SessionPage { Sessions = [.. found.Take(query.Limit)], Next = end.ToString() };
    }
}
