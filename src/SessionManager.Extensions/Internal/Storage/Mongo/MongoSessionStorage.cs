using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Files;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Stores sessions in MongoDB: one small document a session, and one document a message beside it.
/// </summary>
internal sealed partial class MongoSessionStorage : SessionStorage, ICatalogedStorage
{
    // What is pushed to is no array, or a sum is beyond its range; what is added to is no number; a field of the path is no object.
    private const int BadValue = 2;
    private const int TypeMismatch = 14;
    private const int PathNotViable = 28;

    private static readonly BsonDocument Ping = new("ping", 1);
    private static readonly UTF8Encoding AnyUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    private readonly IMongoCollection<BsonDocument> _sessions;
    private readonly IMongoCollection<BsonDocument> _listedSessions;
    private readonly SessionUpdater _updater;

    // What a run rests on must not be rolled back by a failover, whatever the options say: two would have the same agent.
    private readonly IMongoCollection<BsonDocument> _fencedSessions;
    private readonly SessionUpdater _fencedUpdater;
    private readonly MessageCollection _messages;
    private readonly OwnerCollection _owners;
    private readonly FeedbackCollection _feedback;
    private readonly TimeProvider _timeProvider;
    private readonly SessionLifetime? _lifetime;
    private readonly TimeSpan _deletionGracePeriod;
    private readonly SessionIndexes? _indexes;
    private readonly KeptSessions? _kept;
    private readonly ILogger _logger;

    public MongoSessionStorage(
        IMongoDatabase database,
        string collectionName,
        IReadOnlyList<string> metadataFields,
        MongoSessionManagerOptions options,
        ChatMessageCodec codec,
        TimeProvider timeProvider,
        ILogger logger)
    {
        _timeProvider = timeProvider;
        _logger = logger;
        _deletionGracePeriod = options.DeletionGracePeriod;
        _lifetime = options.SessionTtl is { } lifetime ? new SessionLifetime(lifetime) : null;
        _kept = _lifetime is null ? null : new KeptSessions(_lifetime.Span);

        // A session is read to be continued: a secondary's older answer would restore less than was stored. And without
        // acknowledgement no message could be known to be stored.
        // Nor what a majority has, whatever the client or the cluster says: an append that does not see what is stored would take its
        // position, or be stored twice. What decides nothing is read as the client says.
        var readConcern = database.Settings.ReadConcern;
        database = database.WithReadPreference(ReadPreference.Primary).WithReadConcern(ReadConcern.Local);
        if (!database.Settings.WriteConcern.IsAcknowledged)
        {
            database = database.WithWriteConcern(WriteConcern.Acknowledged);
        }

        // Servers do not check that a text of another writer is valid UTF-8: what is not is read as U+FFFD, instead of hiding all else.
        var settings = new MongoCollectionSettings { ReadEncoding = AnyUtf8 };
        _sessions = database.GetCollection<BsonDocument>(collectionName, settings);
        _updater = new SessionUpdater(_sessions, timeProvider);
        _fencedSessions = _sessions.WithWriteConcern(_sessions.Settings.WriteConcern.With(w: WriteConcern.WMajority.W));
        _fencedUpdater = new SessionUpdater(_fencedSessions, timeProvider);
        _owners = new OwnerCollection(database.GetCollection<BsonDocument>(collectionName + MongoNames.OwnersSuffix));
        _listedSessions = _sessions.WithReadConcern(readConcern);
        var messages = database.GetCollection<MessageDocument>(collectionName + MongoNames.MessagesSuffix, settings);
        var feedback = database.GetCollection<BsonDocument>(collectionName + MongoNames.FeedbackSuffix, settings);
        _feedback = new FeedbackCollection(feedback, readConcern);
        _indexes = options.CreateIndexes ? new SessionIndexes(_sessions, messages, feedback, options, metadataFields, timeProvider, logger) : null;
        _messages = new MessageCollection(messages, readConcern, options, codec, _lifetime, _indexes, timeProvider, logger);
    }

    /// <inheritdoc/>
    public override string Name => _sessions.CollectionNamespace.FullName;

    /// <inheritdoc/>
    public override Task PrepareAsync(CancellationToken cancellationToken = default) =>
        _indexes?.EnsureAsync(cancellationToken).AsTask() ?? Task.CompletedTask;

    /// <inheritdoc/>
    public override Task PingAsync(CancellationToken cancellationToken = default) =>
        _sessions.Database.RunCommandAsync<BsonDocument>(Ping, ReadPreference.Primary, cancellationToken);

    /// <inheritdoc/>
    protected override async Task<int?> RedactMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken)
    {
        await KeepAsync(sessionId, branch.Number, cancellationToken).ConfigureAwait(false);
        var redacted = await _messages.RedactAsync(sessionId, branch, position, redactMessage, details, cancellationToken).ConfigureAwait(false);
        if (redacted is null)
        {
            // Where there is nothing to redact, it may stand elsewhere.
            await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false);
        }

        return redacted;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        return await FindFirstBranchAsync(sessionId, cancellationToken).ConfigureAwait(false) is { } first
            ? await _messages.ListGuardrailEventsAsync(sessionId, first, cancellationToken).ConfigureAwait(false)
            : [];
    }

    /// <summary>
    /// Extends the life of a session together with an update, and that of its messages when it is due.
    /// </summary>
    /// <returns>False when no session matches the filter.</returns>
    private async Task<bool> TryExtendAsync(SessionUpdate update, IMongoCollection<BsonDocument> sessions, CancellationToken cancellationToken)
    {
        var sessionId = update.SessionId;
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { Projection = SessionDocument.LifetimeProjection, ReturnDocument = ReturnDocument.Before };
        // By $max, so that a process whose clock is behind never shortens a life.
        var max = new BsonDocument(Fields.ExpiresAt, _lifetime!.GetSessionExpiry(sessionId, now)).Merge(update.Update.GetValue("$max", new BsonDocument()).AsBsonDocument);
        var extension = new BsonDocument(update.Update) { ["$max"] = max };
        var filter = new BsonDocument(update.Filter).Add(HoldDocument.ToCondition(isHeld: false));
        var before = await sessions
            .FindOneAndUpdateAsync<BsonDocument>(filter, extension, options, cancellationToken)
            .ConfigureAwait(false);
        if (before is null)
        {
            return await TryUpdateHeldAsync(update, sessions, cancellationToken).ConfigureAwait(false);
        }

        var messagesExpiry = new BsonDateTime(_lifetime.GetMessagesExpiry(sessionId, now));
        if (before.GetValue(Fields.MessagesExpireAt, BsonNull.Value).CompareTo(messagesExpiry) < 0)
        {
            // Marked on the session only afterwards: where this process ends in between, the next write does it again.
            await _messages.ExtendAsync(sessionId, messagesExpiry, cancellationToken).ConfigureAwait(false);
            await _feedback.ExtendAsync(sessionId, messagesExpiry, cancellationToken).ConfigureAwait(false);
            var mark = new BsonDocument("$max", new BsonDocument(Fields.MessagesExpireAt, messagesExpiry));
            await _sessions.UpdateOneAsync(SessionDocument.ToFilter(sessionId), mark, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        // Not before the messages are: where this call ends in between, the next one sees to them.
        NoteKept(before, sessionId, now);
        return true;
    }

    /// <summary>
    /// Extends the life of a session for a write to its messages, which does not touch the session, where no other write of the same span
    /// is known to have done so.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="branch">The number of the branch that the messages stand on.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="SessionNotFoundException">The session has ended, though another one of its id may have begun since.</exception>
    private async Task KeepAsync(string sessionId, int branch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsKept(sessionId, branch)
            && !await TryUpdateAsync(new(sessionId, SessionDocument.ToBranchFilter(sessionId, branch), []) { Branch = branch }, cancellationToken).ConfigureAwait(false))
        {
            throw new SessionNotFoundException(sessionId);
        }
    }

    // Without a lifetime, every session is.
    private bool IsKept(string sessionId, int branch) =>
        _lifetime is null || _kept!.IsKept(sessionId, _lifetime.GetSessionExpiry(sessionId, _timeProvider.GetUtcNow().UtcDateTime), branch);

    private void NoteKept(BsonDocument session, string sessionId, DateTime now)
    {
        if (_lifetime is not null)
        {
            _kept!.Keep(sessionId, _lifetime.GetSessionExpiry(sessionId, now), HistoryDocument.ReadFirst(session), now);
        }
    }

    /// <summary>
    /// Finds the lowest branch number of a session, below which stands what is left of an earlier one; null where there is no session.
    /// </summary>
    private async Task<int?> FindFirstBranchAsync(string sessionId, CancellationToken cancellationToken) =>
        await FindAsync(sessionId, SessionDocument.FirstBranchProjection, cancellationToken).ConfigureAwait(false) is { } session
            ? HistoryDocument.ReadFirst(session)
            : null;

    private Task<BsonDocument?> FindAsync(string sessionId, BsonDocument projection, CancellationToken cancellationToken) =>
        FindAnyAsync(SessionDocument.ToFilter(sessionId).Add(Fields.Deleted, new BsonDocument("$exists", false)), projection, cancellationToken);

    /// <summary>
    /// Finds a session, or what stays of a deleted one.
    /// </summary>
    private async Task<BsonDocument?> FindAnyAsync(BsonDocument filter, BsonDocument projection, CancellationToken cancellationToken)
    {
        var options = new FindOptions<BsonDocument, BsonDocument> { Projection = ToProjection(projection) };
        using var cursor = await _sessions.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        return await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
    }

    // The server's exception quotes what it is.
    private static bool HasCode(MongoException exception, int code) =>
        (exception is MongoWriteException { WriteError: { } error } && error.Code == code) || (exception is MongoCommandException command && command.Code == code);

    private static BsonDocumentProjectionDefinition<BsonDocument, BsonDocument> ToProjection(BsonDocument projection) =>
        new(projection, StoredSessionSerializer.Instance);

    private BsonDateTime Now() => new(_timeProvider.GetUtcNow().UtcDateTime);
}
