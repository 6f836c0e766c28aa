namespace SessionManager.Conformance.Toy;

public sealed partial class ToyStorage
{
    private List<SessionInfo> List(SessionQuery query, SessionCursor? after)
    {
        var metadata = MetadataValue.Normalize(query.Metadata ?? new Dictionary<string, object?>(), nameof(query));
        var sessions = _sessions.Keys.Select(Find).OfType<ToySession>().Where(session => session.Info is { } info
            && (query.Owner is null || query.Owner == info.Owner)
            && (query.ApplicationName is null || info.ApplicationName == query.ApplicationName)
            && IsWithin(info.CreatedAt, query.CreatedFrom, query.CreatedBefore)
            && IsWithin(info.UpdatedAt, query.UpdatedFrom, query.UpdatedBefore)
            && metadata.All(field => MetadataFields.Matches(session.Metadata, field.Key, field.Value)));
        return [.. sessions.Select(ToInfo)
            .OrderByDescending(GetTime).ThenByDescending(GetKey, StringComparer.Ordinal)
            .Where(info => after is null || GetTime(info) < after.Time
                || (GetTime(info) == after.Time && string.CompareOrdinal(GetKey(info), after.SessionId) < 0))
            .Take(query.Limit + 1)];

        static string GetKey(SessionInfo info) => new SessionKey(info.Owner, info.SessionId).ToString();

        DateTimeOffset GetTime(SessionInfo info) => query.Order == SessionOrder.UpdatedAt ? info.UpdatedAt : info.CreatedAt;
    }

    private static bool IsWithin(DateTimeOffset time, DateTimeOffset? from, DateTimeOffset? before) =>
        (from is null || time >= from) && (before is null || time < before);

    private sealed class ToyCatalog(ToyStorage storage) : SessionCatalog
    {
        protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
            storage.RunAsync(() => SessionPage.Create(storage.List(query, SessionCursor.Parse(query)), query), cancellationToken);
    }
}
