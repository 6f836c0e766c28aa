using System.Collections.ObjectModel;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    // Nobody keeps a session manager for longer.
    private static readonly TimeSpan DeletionGracePeriod = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public override SessionCatalog Catalog => field ??= new StorageCatalog(this);

    /// <inheritdoc/>
    protected override async Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId) is { Document: not null } session ? ToInfo(session) : null;
    }

    /// <inheritdoc/>
    protected override async Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { Document: { } document } session)
        {
            return false;
        }

        if (source is not null
            && (FindAgent(sessionId, source.Branch.AgentId)?.History is not { HasTitle: false } history
                || history.Branch.Number != source.Branch.Number
                || history.Redaction != source.Redaction))
        {
            return false;
        }

        Apply(SessionDocument.ToSetTitle(title, source is not null), document);
        Extend(session);
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        bool revivesDeleted,
        CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal);
        SetAll(fields, Normalize(metadata ?? ReadOnlyDictionary<string, object?>.Empty));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is { } there && (there.Document is not null || (there.DeletedBefore > 0 && !revivesDeleted)))
        {
            return false;
        }

        var session = GetOrAdd(sessionId);
        session.Document = SessionDocument.Create(sessionId, applicationName, Now(), GetFirstBranch(session));
        session.Metadata = fields;
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<bool> ForkSessionCoreAsync(
        string sessionId,
        string targetId,
        string? applicationName,
        IReadOnlyDictionary<string, int> messageCounts,
        CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var source = Get(sessionId);
        var agents = FindForked(source, sessionId, messageCounts);
        if (Find(targetId)?.Document is not null)
        {
            return false;
        }

        var target = GetOrAdd(targetId);
        var first = GetFirstBranch(target);
        var copies = new BsonDocument();
        var now = Now();
        foreach (var (stored, messages) in agents)
        {
            var branch = new AgentBranch(stored.AgentId, first + copies.ElementCount);
            target.GetMessages(branch).AddRange(messages.Select(message => message with { Branch = branch, AppendId = ObjectId.GenerateNewId(), EventLoopMetrics = null }));
            var document = source.Document![Fields.Agents][BsonKeys.Encode(stored.AgentId)].AsBsonDocument;
            var copy = AgentDocument.ToFork(document, branch.Number, messages.Length, stored.RemovedMessageCount > messages.Length, document.GetValue(Fields.Preview, BsonNull.Value), now);
            copies.Add(BsonKeys.Encode(stored.AgentId), Copy(copy));
        }

        target.Document = SessionDocument.ToFork(source.Document!, targetId, applicationName, now, first, copies);
        target.Metadata = new(MetadataValue.Normalize(source.Metadata, nameof(source.Metadata)), StringComparer.Ordinal);
        target.ImportedMetadata = source.ImportedMetadata;
        return true;
    }

    private List<(StoredAgent Stored, InMemoryMessage[] Messages)> FindForked(
        InMemorySession source, string sessionId, IReadOnlyDictionary<string, int> messageCounts)
    {
        var agents = source.Document![Fields.Agents].AsBsonDocument.Names.Select(name => FindAgent(sessionId, BsonKeys.Decode(name))!).ToList();
        foreach (var (agentId, count) in messageCounts)
        {
            var agent = agents.Find(agent => agent.AgentId == agentId) ?? throw new AgentNotFoundException(sessionId, agentId);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, source.GetCount(agent.History!.Branch), nameof(messageCounts));
        }

        return agents.ConvertAll(agent => (agent, source.GetHistory(agent.History!.Branch).Take(messageCounts.GetValueOrDefault(agent.AgentId, int.MaxValue)).ToArray()));
    }

    /// <inheritdoc/>
    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var (session, existed) = await EndAsync(sessionId, cancellationToken).ConfigureAwait(false);
        if (session is { DeletedBefore: var next })
        {
            // Afterwards, as in a database, where no one command does both. Those of a new session of the same id are above.
            using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
            session.RemoveMessagesBefore(next);
        }

        return existed;
    }

    /// <inheritdoc/>
    protected override async Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        Find(sessionId)?.RemoveMessages(branch);
    }

    /// <inheritdoc/>
    public override async Task<int> SweepAsync(CancellationToken cancellationToken = default)
    {
        var due = await FindDueAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (sessionId, session, next, sweepAt) in due)
        {
            using (await EnterAsync(cancellationToken).ConfigureAwait(false))
            {
                session.RemoveMessagesBefore(next);
            }

            using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);

            // Unless it was deleted once more. A new session in its place stays.
            if (session.SweepAt == sweepAt && session.DeletedBefore == next)
            {
                session.SweepAt = null;
                if (session.Document is null)
                {
                    _sessions.Remove(sessionId);
                }
            }
        }

        await FinishErasuresAsync(cancellationToken).ConfigureAwait(false);
        return due.Count;
    }

    /// <summary>
    /// Ends a session, and notes which branches it had: that must be known for as long as somebody may write to them who has not heard of it.
    /// </summary>
    private async Task<(InMemorySession? Session, bool Existed)> EndAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { Document: { } document } session)
        {
            return (Find(sessionId), false);
        }

        ThrowIfHeld(sessionId, session);
        End(session, document);
        return (session, true);
    }

    private void End(InMemorySession session, BsonDocument document)
    {
        session.DeletedBefore = HistoryDocument.ReadNext(document);
        session.SweepAt = timeProvider.GetUtcNow() + DeletionGracePeriod;
        session.ExpiresAt = DateTimeOffset.MaxValue;
        session.Document = null;
        session.Metadata = new(StringComparer.Ordinal);
        session.ImportedMetadata = [];
        session.Feedbacks.Clear();
        session.AssignedTo = null;
    }

    private async Task<List<(string SessionId, InMemorySession Session, int Next, DateTimeOffset? SweepAt)>> FindDueAsync(CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var now = timeProvider.GetUtcNow();
        return [.. _sessions.Where(session => session.Value.SweepAt < now).Select(session => (session.Key, session.Value, session.Value.DeletedBefore, session.Value.SweepAt))];
    }

    private static SessionInfo ToInfo(InMemorySession session) =>
        SessionDocument.ToInfo(session.Document!) with { Metadata = MetadataValue.Normalize(session.Metadata, nameof(session.Metadata)) };

    /// <inheritdoc/>
    public async Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken)
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
            (query.Owner is null || query.Owner == SessionKey.Parse(session.Document![Fields.Id].AsString).Owner)
            && (query.ApplicationName is null || session.Document![Fields.ApplicationName] == query.ApplicationName)
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
}
