using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>
/// The assignment of a session to another owner, under whom it has another id. It is taken out of use, copied as a file is brought in, published, and only
/// then buried, so that at every moment all of it is stored. Whoever meets one that did not come to its end goes on with it: everything of it is told by
/// the session that waits and by the token of the one that has come.
/// </content>
internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    public async Task AssignAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken)
    {
        var (sessionId, targetId) = (session.ToString(), new SessionKey(owner, session.SessionId).ToString());
        if (targetId == sessionId)
        {
            if (!await ExistsAsync(sessionId, cancellationToken).ConfigureAwait(false))
            {
                throw new SessionNotFoundException(sessionId);
            }

            return;
        }

        // Until it has come: while it waits, it may expire.
        while (await BeginAssignmentAsync(sessionId, targetId, cancellationToken).ConfigureAwait(false) is { } assignment)
        {
            if (await EndAssignmentAsync(sessionId, assignment, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                throw fault;
            }
        }
    }

    /// <summary>
    /// Takes a session out of use, unless that is done.
    /// </summary>
    /// <returns>The assignment; null where one has come to its end, and nothing is left of the session.</returns>
    private async Task<BsonDocument?> BeginAssignmentAsync(string sessionId, string targetId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var session = await FindAnyAsync(SessionDocument.ToFilter(sessionId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
            var target = await FindAnyAsync(SessionDocument.ToFilter(targetId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
            if (session is null || TombstoneDocument.IsDeleted(session))
            {
                if (!AssignmentDocument.HasBecome(session, target))
                {
                    throw new SessionNotFoundException(sessionId);
                }

                await DeleteContentsAsync(sessionId, HistoryDocument.ReadNext(session!), cancellationToken).ConfigureAwait(false);
                return null;
            }

            if (AssignmentDocument.Find(session) is { } begun)
            {
                if (AssignmentDocument.GetTarget(begun) == targetId)
                {
                    return begun;
                }

                await EndAssignmentAsync(sessionId, begun, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await ThrowIfHeldAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
            await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
            if (target is not null && !TombstoneDocument.IsDeleted(target))
            {
                throw AssignmentDocument.ToTakenException(targetId);
            }

            var assignment = AssignmentDocument.Create(targetId);
            var result = await _fencedSessions
                .UpdateOneAsync(AssignmentDocument.ToBeginFilter(session), AssignmentDocument.ToBegin(assignment, Now()), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            if (result.MatchedCount > 0)
            {
                _kept?.Forget(sessionId);
                return assignment;
            }
        }
    }

    /// <summary>
    /// Brings an assignment to its end, or takes it back.
    /// </summary>
    /// <returns>Why it was taken back; null where it was not.</returns>
    private async Task<InvalidOperationException?> EndAssignmentAsync(string sessionId, BsonDocument assignment, CancellationToken cancellationToken)
    {
        var waiting = AssignmentDocument.ToFilter(sessionId, assignment);
        var targetId = AssignmentDocument.GetTarget(assignment);
        while (await FindAnyAsync(waiting, [], cancellationToken).ConfigureAwait(false) is { } session)
        {
            var target = await FindAnyAsync(SessionDocument.ToFilter(targetId), TombstoneDocument.Projection, cancellationToken).ConfigureAwait(false);
            if (target is not null && AssignmentDocument.FindToken(target) == AssignmentDocument.GetToken(assignment))
            {
                // It has been there. What was done with it since is its owner's affair.
                await BuryAssignedAsync(session, assignment, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var fault = target is not null && !TombstoneDocument.IsDeleted(target)
                ? AssignmentDocument.ToTakenException(targetId)
                : await MoveAsync(session, assignment, cancellationToken).ConfigureAwait(false);
            if (fault is not null
                && (await _fencedSessions.UpdateOneAsync(waiting, AssignmentDocument.ToUndo(), cancellationToken: cancellationToken).ConfigureAwait(false)).MatchedCount > 0)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>
    /// Copies a session that waits for its assignment, and puts the copy in its place, unless another call does.
    /// </summary>
    /// <returns>Why that is not possible; null where it is.</returns>
    private async Task<InvalidOperationException?> MoveAsync(BsonDocument session, BsonDocument assignment, CancellationToken cancellationToken)
    {
        var sessionId = session[Fields.Id].AsString;
        var filed = FiledSession.Create(session, assignment);
        try
        {
            if (await TryReserveAsync(filed.Id, filed.NumberCount, filed, cancellationToken).ConfigureAwait(false) is not { } reservation)
            {
                return null;
            }

            var incoming = new Import(this, filed, reservation, HistoryDocument.ReadNext(reservation) - filed.NumberCount);
            await foreach (var message in _messages.ReadAsync(sessionId, filed.First, filed.Next, cancellationToken).ConfigureAwait(false))
            {
                await incoming.AddAsync(FiledSession.Move(message, sessionId, filed.Id), cancellationToken).ConfigureAwait(false);
            }

            await foreach (var feedback in _feedback.ReadAsync(sessionId, filed.First, cancellationToken).ConfigureAwait(false))
            {
                await incoming.AddFeedbackAsync(FiledSession.Move(feedback, sessionId, filed.Id), cancellationToken).ConfigureAwait(false);
            }

            await incoming.TryCompleteAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (FormatException e)
        {
            // Under a longer key it is too large.
            return new InvalidOperationException($"Session {SessionKey.Parse(sessionId).SessionId} cannot be assigned. {e.Message}", e);
        }
    }

    private async Task BuryAssignedAsync(BsonDocument session, BsonDocument assignment, CancellationToken cancellationToken)
    {
        var sessionId = session[Fields.Id].AsString;
        var now = _timeProvider.GetUtcNow().UtcDateTime;
        var next = HistoryDocument.ReadNext(session) + 1;
        var tombstone = TombstoneDocument.Create(sessionId, next, now, now + _deletionGracePeriod).WithMarks(session);
        AssignmentDocument.Note(tombstone, assignment);
        var result = await _fencedSessions
            .ReplaceOneAsync(AssignmentDocument.ToFilter(sessionId, assignment), tombstone, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        if (result.MatchedCount > 0)
        {
            await DeleteContentsAsync(sessionId, next, cancellationToken).ConfigureAwait(false);
        }
    }
}
