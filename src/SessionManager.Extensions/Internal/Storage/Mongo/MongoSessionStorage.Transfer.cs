using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// Export and import. An import goes the way of a copy: the id is reserved, then the messages are stored, and last of all the session.
/// </content>
internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    public async Task WriteAsync(string sessionId, SessionFileWriter file, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, [], cancellationToken).ConfigureAwait(false) ?? throw new SessionNotFoundException(sessionId);
        await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
        var first = HistoryDocument.ReadFirst(session);
        await file.BeginSessionAsync(session, cancellationToken).ConfigureAwait(false);
        await foreach (var message in _messages.ReadAsync(sessionId, first, HistoryDocument.ReadNext(session), cancellationToken).ConfigureAwait(false))
        {
            await file.WriteMessageAsync(message, cancellationToken).ConfigureAwait(false);
        }

        await foreach (var feedback in _feedback.ReadAsync(sessionId, first, cancellationToken).ConfigureAwait(false))
        {
            await file.WriteFeedbackAsync(feedback, cancellationToken).ConfigureAwait(false);
        }

        // Else there may be less than there was.
        if (await FindFirstBranchAsync(sessionId, cancellationToken).ConfigureAwait(false) != first)
        {
            throw new SessionNotFoundException(sessionId);
        }

        await file.EndSessionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IncomingSession?> BeginImportAsync(FiledSession session, CancellationToken cancellationToken)
    {
        var count = session.NumberCount;
        if (await TryReserveAsync(session.Id, count, session, cancellationToken).ConfigureAwait(false) is not { } reservation)
        {
            return null;
        }

        var first = HistoryDocument.ReadNext(reservation) - count;
        var isResumed = await _messages.AnyAsync(session.Id, first, cancellationToken).ConfigureAwait(false)
            || await _feedback.CountAsync(session.Id, first, cancellationToken).ConfigureAwait(false) > 0;
        return new Import(this, session, reservation, first) { IsResumed = isResumed };
    }

    /// <summary>
    /// Gets the first branch of a session from a file: its own, or one above those that a deleted session has used, or the one with which an import of
    /// the same session has begun.
    /// </summary>
    private static int GetFirstBranch(FiledSession session, BsonDocument? there)
    {
        var count = session.NumberCount;
        var first = there is null
            ? session.First
            : TombstoneDocument.FindImport(there, session.Digest, count) ?? Math.Max(session.First, HistoryDocument.ReadNext(there));
        return first <= int.MaxValue - count ? first : throw new FormatException("The branches of the session have numbers that are too high.");
    }

    private sealed class Import(MongoSessionStorage storage, FiledSession session, BsonDocument reservation, int first) : IncomingSession
    {
        private const int PageBytes = 8 * 1024 * 1024;

        private readonly int _shift = first - session.First;
        private readonly BsonValue _expiresAt = storage._lifetime is { } lifetime
            ? new BsonDateTime(lifetime.GetMessagesExpiry(session.Id, storage._timeProvider.GetUtcNow().UtcDateTime))
            : BsonNull.Value;

        private readonly List<BsonDocument> _page = [];
        private long _pageBytes;
        private long _messageCount;
        private long _feedbackCount;
        private bool _isTaken;

        /// <summary>
        /// Gets whether another call has brought in a part, so that there may be more than comes now.
        /// </summary>
        public bool IsResumed { get; init; }

        /// <inheritdoc/>
        public override async Task AddAsync(BsonDocument message, CancellationToken cancellationToken)
        {
            FiledSession.ShiftMessage(message, _shift);
            _messageCount++;
            if (Fill(message))
            {
                await SendMessagesAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        /// <inheritdoc/>
        public override async Task AddFeedbackAsync(BsonDocument feedback, CancellationToken cancellationToken)
        {
            if (_feedbackCount == 0)
            {
                await SendMessagesAsync(cancellationToken).ConfigureAwait(false);
            }

            session.ShiftFeedback(feedback, _shift);
            _feedbackCount++;
            if (Fill(feedback))
            {
                await SendFeedbackAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        /// <inheritdoc/>
        public override async Task<bool> CompleteAsync(CancellationToken cancellationToken) =>
            await TryCompleteAsync(cancellationToken).ConfigureAwait(false) ?? throw ToConflict(session.Id);

        /// <summary>
        /// Puts the session in its place.
        /// </summary>
        /// <returns>False when one of its id is there meanwhile; null when the place was taken away from it.</returns>
        public async Task<bool?> TryCompleteAsync(CancellationToken cancellationToken)
        {
            var document = session.Document;
            FiledSession.Shift(document, _shift);
            SessionFile.GetSize(document);
            await (_feedbackCount == 0 ? SendMessagesAsync(cancellationToken) : SendFeedbackAsync(cancellationToken)).ConfigureAwait(false);
            if (!_isTaken && IsResumed
                && (await storage._messages.CountFromAsync(session.Id, first, cancellationToken).ConfigureAwait(false) != _messageCount
                    || await storage._feedback.CountAsync(session.Id, first, cancellationToken).ConfigureAwait(false) != _feedbackCount))
            {
                await LeaveAsync(cancellationToken).ConfigureAwait(false);
            }

            return _isTaken ? null : await storage.TryPublishAsync(reservation, document, cancellationToken).ConfigureAwait(false);
        }

        private bool Fill(BsonDocument document)
        {
            document.Add(Fields.ExpiresAt, _expiresAt, !_expiresAt.IsBsonNull);
            _page.Add(document);
            _pageBytes += SessionFile.GetSize(document);
            return _page.Count >= MessageCollection.CopyPage || _pageBytes >= PageBytes;
        }

        private Task SendMessagesAsync(CancellationToken cancellationToken) => SendAsync(storage._messages.TryImportAsync, cancellationToken);

        private Task SendFeedbackAsync(CancellationToken cancellationToken) => SendAsync(storage._feedback.TryImportAsync, cancellationToken);

        private async Task SendAsync(Func<string, IReadOnlyList<BsonDocument>, CancellationToken, Task<bool>> tryImportAsync, CancellationToken cancellationToken)
        {
            if (!_isTaken && _page.Count > 0 && !await tryImportAsync(session.Id, _page, cancellationToken).ConfigureAwait(false))
            {
                await LeaveAsync(cancellationToken).ConfigureAwait(false);
            }

            _page.Clear();
            _pageBytes = 0;
        }

        /// <summary>
        /// Leaves the reserved branches to the sweep: an import of another file has stored other messages there.
        /// </summary>
        private async Task LeaveAsync(CancellationToken cancellationToken)
        {
            _isTaken = true;
            await storage.TryUpdateTombstoneAsync(reservation, TombstoneDocument.ToTake(), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Puts a session from a file in the place that is reserved for it.
    /// </summary>
    /// <returns>False when one of its id is there meanwhile; null when the place was taken away from it.</returns>
    private async Task<bool?> TryPublishAsync(BsonDocument reservation, BsonDocument session, CancellationToken cancellationToken)
    {
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var sessionId = session[Fields.Id].AsString;
        AddLifetime(session, sessionId, now);
        if (_lifetime is not null)
        {
            // Some may have been stored long ago, by a call that did not come to its end.
            await _messages.ExtendAsync(sessionId, session[Fields.MessagesExpireAt].AsBsonDateTime, cancellationToken).ConfigureAwait(false);
            await _feedback.ExtendAsync(sessionId, session[Fields.MessagesExpireAt].AsBsonDateTime, cancellationToken).ConfigureAwait(false);
        }

        // What is left below its first branch still has to go.
        session.Add(Fields.SweepAt, reservation[Fields.SweepAt]).WithMarks(reservation);

        // Whole, since a field of another program's may have a name that an update would take for a path.
        var result = await _fencedSessions
            .ReplaceOneAsync(TombstoneDocument.ToFilter(reservation), session, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        if (result.MatchedCount > 0)
        {
            NoteKept(session, sessionId, now);
            return true;
        }

        return await FindFirstBranchAsync(sessionId, cancellationToken).ConfigureAwait(false) is not null ? false : null;
    }

    private static InvalidOperationException ToConflict(string sessionId) =>
        new($"Session {sessionId} is deleted or imported by another call, or another file of it was imported in part. Import it again.");
}
