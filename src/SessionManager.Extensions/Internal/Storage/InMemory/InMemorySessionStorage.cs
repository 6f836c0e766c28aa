using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// Keeps sessions in this process, with the behaviour that they have in a database: everything is kept in its stored
/// form, and one operation runs at a time.
/// </summary>
internal sealed partial class InMemorySessionStorage(InMemorySessionManagerOptions options, ChatMessageCodec codec, TimeProvider timeProvider)
    : SessionStorage, ICatalogedStorage
{
    private readonly Dictionary<string, InMemorySession> _sessions = new(StringComparer.Ordinal);
    private readonly Gate _gate = new();
    private readonly TimeSpan? _lifetime = options.SessionTtl;
    private readonly bool _eraseRedacted = options.EraseRedactedMessages;
    private DateTimeOffset _nextCleaning;

    /// <summary>
    /// Gets what a command waits for before it is carried out.
    /// </summary>
    /// <value>Null for nothing; tests choose the order of commands by it.</value>
    public Func<Task>? Entering { private get; init; }

    /// <summary>
    /// Gets all that is kept, for tests that look at it between two commands.
    /// </summary>
    public IDictionary<string, InMemorySession> Sessions => _sessions;

    /// <summary>
    /// Copies a document with its binary values, by way of its stored form.
    /// </summary>
    /// <exception cref="ArgumentException">A text cannot be stored.</exception>
    private static BsonDocument Copy(BsonDocument document) => BsonSerializer.Deserialize<BsonDocument>(document.ToBson());

    /// <summary>
    /// Waits until no other operation uses the sessions. Dispose the result to leave; do not wait for anything before.
    /// </summary>
    private async ValueTask<Gate.Entry> EnterAsync(CancellationToken cancellationToken)
    {
        if (Entering is not null)
        {
            await Entering().ConfigureAwait(false);
        }

        return await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
    }

    private InMemorySession? Find(string sessionId)
    {
        if (!_sessions.TryGetValue(sessionId, out var session) || timeProvider.GetUtcNow() < session.ExpiresAt)
        {
            return session;
        }

        _sessions.Remove(sessionId);
        return null;
    }

    private InMemorySession GetOrAdd(string sessionId)
    {
        var session = Find(sessionId);
        if (session is null)
        {
            RemoveExpired();
            _sessions[sessionId] = session = new InMemorySession { Owner = SessionKey.Parse(sessionId).Owner };
        }

        Extend(session);
        return session;
    }

    // Of the session that is there now, and none that it may have been left by an earlier one.
    private IEnumerable<InMemoryMessage> GetMessages(string sessionId) =>
        Find(sessionId) is { Document: { } document } session
            ? session.Messages.Where(message => message.Branch.Number >= HistoryDocument.ReadFirst(document))
            : [];

    private int GetFirstBranch(InMemorySession session) =>
        HistoryDocument.GetFirstBranch(timeProvider.GetUtcNow().UtcDateTime, session.Messages.Select(static message => message.Branch.Number).Append(session.DeletedBefore - 1).Max());

    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    private InMemorySession Get(string sessionId) =>
        Find(sessionId) is { Document: not null } session ? session : throw new SessionNotFoundException(sessionId);

    // Where sessions end by themselves, an append finds out; where they are deleted, it goes to a branch that nobody reads.
    private void ThrowIfExpired(string sessionId, AgentBranch branch)
    {
        if (_lifetime is not null && branch.Number < HistoryDocument.ReadFirst(Get(sessionId).Document!))
        {
            throw new SessionNotFoundException(sessionId);
        }
    }

    private void Extend(InMemorySession session)
    {
        if (_lifetime is { } lifetime)
        {
            session.ExpiresAt = FindHoldReason(session) is null ? timeProvider.GetUtcNow() + lifetime : DateTimeOffset.MaxValue;
        }
    }

    /// <summary>
    /// Marks a session as updated, and makes it live on.
    /// </summary>
    private BsonDateTime Touch(InMemorySession session)
    {
        Extend(session);
        var now = Now();
        session.Document![Fields.UpdatedAt] = now;
        return now;
    }

    // Sessions that no operation names again go at the latest one lifetime after their time.
    private void RemoveExpired()
    {
        var now = timeProvider.GetUtcNow();
        if (now < _nextCleaning)
        {
            return;
        }

        _nextCleaning = now + (_lifetime ?? DeletionGracePeriod);
        foreach (var (sessionId, session) in _sessions)
        {
            if (session.ExpiresAt <= now || (session.Document is null && session.SweepAt <= now))
            {
                _sessions.Remove(sessionId);
            }
        }
    }

    private BsonDateTime Now() => new(timeProvider.GetUtcNow().UtcDateTime);
}
