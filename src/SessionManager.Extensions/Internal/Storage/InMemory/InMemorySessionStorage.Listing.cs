using MongoDB.Bson;
using SessionManager.Internal.History;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    private async Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        var timeField = SessionListing.GetTimeField(query.Order);
        var condition = ToCondition(query, timeField);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var now = timeProvider.GetUtcNow();
        var found = _sessions.Values
            .Where(session => now < session.ExpiresAt)
            .Select(static session => session.Document)
            .OfType<BsonDocument>()
            .Where(condition)
            .OrderByDescending(session => session[timeField])
            .ThenByDescending(static session => session[Fields.Id].AsString, StringComparer.Ordinal)
            .Take(query.Limit + 1)
            .ToList();
        return SessionListing.ToPage(found.ConvertAll(ToInfo), query);
    }

    /// <inheritdoc/>
    protected override async Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var turns = (Find(sessionId)?.Messages ?? [])
            .Select(static message => (message.AgentId, Metrics: message.ReadMetrics()!))
            .Where(static turn => turn.Metrics is not null)
            .ToList();
        return new SessionUsage
        {
            Agents =
            [
                .. turns
                    .GroupBy(static turn => (turn.AgentId, turn.Metrics.Model), static turn => turn.Metrics)
                    .OrderBy(static usage => usage.Key.AgentId, StringComparer.Ordinal)
                    .ThenBy(static usage => usage.Key.Model, StringComparer.Ordinal)
                    .Select(static usage => new AgentUsage
                    {
                        AgentId = usage.Key.AgentId,
                        Model = usage.Key.Model,
                        TurnCount = usage.Count(),
                        Metrics = Sum(usage) with { Model = usage.Key.Model },
                    }),
            ],
            Total = Sum(turns.Select(static turn => turn.Metrics)),
        };
    }

    private static Func<BsonDocument, bool> ToCondition(SessionQuery query, string timeField)
    {
        var metadata = query.Metadata ?? new Dictionary<string, object?>();
        foreach (var key in metadata.Keys)
        {
            MetadataPaths.ThrowIfInvalid(key, nameof(query));
        }

        (string Path, BsonValue Value)[] fields =
        [
            .. metadata.Select(static field =>
                (MetadataPaths.ToPath(field.Key), MetadataValues.ToBson(field.Value, $"{nameof(query)}.{nameof(query.Metadata)}['{field.Key}']"))),
        ];
        var after = query.After is null ? null : SessionCursor.Parse(query.After, query.Order, $"{nameof(query)}.{nameof(query.After)}");
        return session =>
            (query.ApplicationName is null || session[Fields.ApplicationName] == query.ApplicationName)
            && IsWithin(session[Fields.CreatedAt], query.CreatedFrom, query.CreatedBefore)
            && IsWithin(session[Fields.UpdatedAt], query.UpdatedFrom, query.UpdatedBefore)
            && Array.TrueForAll(fields, field => DocumentPaths.Matches(session, field.Path, field.Value))
            && (after is null || Follows(session, timeField, after));
    }

    private static bool IsWithin(BsonValue time, DateTimeOffset? from, DateTimeOffset? before) =>
        (from is not { } start || time.CompareTo(new BsonDateTime(start.UtcDateTime)) >= 0)
        && (before is not { } end || time.CompareTo(new BsonDateTime(end.UtcDateTime)) < 0);

    private static bool Follows(BsonDocument session, string timeField, SessionCursor after) => session[timeField].CompareTo(after.Time) switch
    {
        0 => string.CompareOrdinal(session[Fields.Id].AsString, after.SessionId) < 0,
        var order => order < 0,
    };

    private static EventLoopMetrics Sum(IEnumerable<EventLoopMetrics> turns) =>
        turns.Aggregate(new EventLoopMetrics(), static (sum, turn) => sum.Plus(turn));

    private sealed class Listing(InMemorySessionStorage storage) : SessionCatalog
    {
        /// <inheritdoc/>
        protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
            storage.ListSessionsAsync(query, cancellationToken);
    }
}
