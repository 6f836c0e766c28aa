using System.Collections.ObjectModel;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    public override SessionCatalog Catalog => field ??= new Listing(this);

    /// <inheritdoc/>
    protected override async Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId) is { Document: not null } session ? ToInfo(session) : null;
    }

    /// <inheritdoc/>
    protected override async Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        SetAll(fields, Normalize(metadata ?? ReadOnlyDictionary<string, object?>.Empty));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId)?.Document is not null)
        {
            return false;
        }

        var session = GetOrAdd(sessionId);
        session.Document = SessionDocument.Create(sessionId, applicationName, Now());
        session.Metadata = fields;
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var existed = Find(sessionId)?.Document is not null;
        _sessions.Remove(sessionId);
        return existed;
    }

    private static SessionInfo ToInfo(InMemorySession session) =>
        SessionDocument.ToInfo(session.Document!) with { Metadata = MetadataValue.Normalize(session.Metadata, nameof(session.Metadata)) };

    private async Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        var timeField = SessionListing.GetTimeField(query.Order);
        var condition = ToCondition(query, timeField);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var now = timeProvider.GetUtcNow();
        var found = _sessions.Values
            .Where(session => now < session.ExpiresAt && session.Document is not null)
            .Where(condition)
            .OrderByDescending(session => session.Document![timeField])
            .ThenByDescending(static session => session.Document![Fields.Id].AsString, StringComparer.Ordinal)
            .Take(query.Limit + 1)
            .ToList();
        return SessionPage.Create(found.ConvertAll(ToInfo), query);
    }

    private static Func<InMemorySession, bool> ToCondition(SessionQuery query, string timeField)
    {
        var metadata = MetadataValue.Normalize(query.Metadata ?? ReadOnlyDictionary<string, object?>.Empty, $"{nameof(query)}.{nameof(query.Metadata)}");
        var after = SessionCursor.Parse(query);
        return session =>
            (query.ApplicationName is null || session.Document![Fields.ApplicationName] == query.ApplicationName)
            && IsWithin(session.Document![Fields.CreatedAt], query.CreatedFrom, query.CreatedBefore)
            && IsWithin(session.Document![Fields.UpdatedAt], query.UpdatedFrom, query.UpdatedBefore)
            && metadata.All(field => MetadataFields.Matches(session.Metadata, field.Key, field.Value))
            && (after is null || Follows(session.Document!, timeField, after));
    }

    private static bool IsWithin(BsonValue time, DateTimeOffset? from, DateTimeOffset? before) =>
        (from is not { } start || time.CompareTo(new BsonDateTime(start.UtcDateTime)) >= 0)
        && (before is not { } end || time.CompareTo(new BsonDateTime(end.UtcDateTime)) < 0);

    private static bool Follows(BsonDocument session, string timeField, SessionCursor after) => session[timeField].CompareTo(new BsonDateTime(after.Time.UtcDateTime)) switch
    {
        0 => string.CompareOrdinal(session[Fields.Id].AsString, after.SessionId) < 0,
        var order => order < 0,
    };

    private sealed class Listing(InMemorySessionStorage storage) : SessionCatalog
    {
        /// <inheritdoc/>
        protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
            storage.ListSessionsAsync(query, cancellationToken);
    }
}
