using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// One append of messages to an agent: in their order, each exactly once, whatever happens to the connection and whoever else
/// writes.
/// </summary>
/// <remarks>
/// <para>
/// A message is inserted with the position that it should get. A duplicate key means one of two things. After an insert whose
/// outcome is not known it can be this very message, which is told by its append id: it is stored. Else another writer has taken
/// the position: the next free one is tried. Some writer gets each position, so writers that collide always make progress.
/// </para>
/// <para>
/// What is known to be stored is not sent again, but for the last message: that the write concern is met only a write tells.
/// </para>
/// </remarks>
internal sealed class MessageAppend(MessageCollection collection, MessageInserter inserter, MessageDocument[] documents, ILogger logger)
{
    // Each one waits for a server to be selected, so a server that stays away ends the append by the driver's time-out.
    private const int MaxResends = 5;

    // Each time another one gets through, so this many mean that something else is wrong.
    private const int MaxConflicts = 100;
    private const int LongestPauseMilliseconds = 250;

    private int _stored;

    // How many were seen to be stored. The last of them may have been sent once more.
    private int _seen;
    private int _resends;
    private int _conflicts;

    // What has met another process's message may meet the next one: it does not make other messages wait for that.
    private bool _isAlone;
    private bool _mayBeStored;
    private bool _hasMoved;

    private MessageDocument Next => documents[_stored];

    private bool IsDone => _stored == documents.Length;

    /// <summary>
    /// Gets a value indicating whether any of them is known to be stored.
    /// </summary>
    public bool HasStored => _stored > 0;

    public static void Number(ArraySegment<MessageDocument> documents, int position)
    {
        foreach (var document in documents)
        {
            document.Position = position++;
        }
    }

    /// <summary>
    /// Appends all of them, behind those of other writers that they meet.
    /// </summary>
    /// <param name="onlyAsFirst">True to append none where another writer's message has the position of the first one.</param>
    /// <param name="cancellationToken">Cancels the append.</param>
    /// <returns>True when all are at the positions that they were given.</returns>
    /// <exception cref="MongoException">
    /// The server cannot be reached or refuses one. Those before it are stored, and it and those behind it may be if the connection broke.
    /// </exception>
    public async Task<bool> AppendAsync(bool onlyAsFirst, CancellationToken cancellationToken)
    {
        while (!IsDone)
        {
            if (!await InsertAsync(cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            if (onlyAsFirst && _stored == 0)
            {
                return false;
            }

            await MoveOnAsync(cancellationToken).ConfigureAwait(false);
        }

        return !_hasMoved;
    }

    /// <summary>
    /// Sends what is not stored yet.
    /// </summary>
    /// <returns>True when the position of the next one is taken by another writer.</returns>
    private async Task<bool> InsertAsync(CancellationToken cancellationToken)
    {
        var rest = new ArraySegment<MessageDocument>(documents, _stored, documents.Length - _stored);
        InsertOutcome outcome;
        try
        {
            outcome = _isAlone
                ? await inserter.SendAloneAsync(rest, cancellationToken).ConfigureAwait(false)
                : await inserter.SendAsync(rest, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoException exception) when (InsertFaults.IsInterruption(exception) && _resends < MaxResends)
        {
            // Where the connection broke, the driver waits for a server. Else the one that is there is about to go.
            await ResumeAsync(exception.GetType().Name, mustPause: exception is MongoCommandException, cancellationToken).ConfigureAwait(false);
            return false;
        }

        if (outcome.IsSuccess)
        {
            _stored = documents.Length;
            return false;
        }

        if (outcome == InsertOutcome.Unknown)
        {
            _isAlone = true;
            await SkipStoredAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }

        return await ReactAsync(outcome, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> ReactAsync(InsertOutcome outcome, CancellationToken cancellationToken)
    {
        if (InsertFaults.IsInterruption(outcome) && _resends < MaxResends)
        {
            await ResumeAsync($"{outcome.Error?.Code ?? outcome.ConcernError!.Code}", mustPause: true, cancellationToken).ConfigureAwait(false);
            return false;
        }

        if (outcome.Error is { Code: InsertFaults.WriteConflict } && _conflicts < MaxConflicts)
        {
            _conflicts++;
            _isAlone = true;
            logger.MessageIdContested(SessionKey.Parse(Next.SessionId).SessionId, Next.AgentId, Next.Position);
            await PauseAsync(cancellationToken).ConfigureAwait(false);
            await SkipStoredAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }

        if (outcome.Error is not { Category: ServerErrorCategory.DuplicateKey })
        {
            throw outcome.ToException();
        }

        _stored += outcome.Stored;
        if (!_mayBeStored)
        {
            return true;
        }

        var own = _seen > _stored ? _seen - _stored : await CountStoredAsync(cancellationToken).ConfigureAwait(false);
        _stored += own;
        if (IsDone && outcome.ConcernError is not null)
        {
            throw new InsertOutcome(own, Error: null, outcome.ConcernError, outcome.Connection).ToException();
        }

        return own == 0;
    }

    private async Task ResumeAsync(string reason, bool mustPause, CancellationToken cancellationToken)
    {
        _resends++;
        logger.MessageResent(SessionKey.Parse(Next.SessionId).SessionId, Next.AgentId, Next.Position, reason);
        if (mustPause)
        {
            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }

        await SkipStoredAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task SkipStoredAsync(CancellationToken cancellationToken)
    {
        _mayBeStored = true;
        if (documents.Length - _stored > 1)
        {
            _seen = _stored + await CountStoredAsync(cancellationToken).ConfigureAwait(false);
            _stored = Math.Min(_seen, documents.Length - 1);
        }
    }

    /// <summary>
    /// Gives what is not stored yet the next free positions.
    /// </summary>
    private async Task MoveOnAsync(CancellationToken cancellationToken)
    {
        var next = await ReadAsync(() => collection.GetNextPositionAsync(Next.SessionId, Next.Branch, cancellationToken)).ConfigureAwait(false);
        if (next == Next.Position)
        {
            // Not this position was the duplicate, but something under a unique index that is not ours. By itself it tells.
            var outcome = await inserter.SendAloneAsync(new(documents, _stored, 1), cancellationToken).ConfigureAwait(false);
            if (!outcome.IsSuccess)
            {
                throw outcome.ToException();
            }

            _stored++;
            return;
        }

        logger.MessageIdTaken(SessionKey.Parse(Next.SessionId).SessionId, Next.AgentId, Next.Position);
        Number(new(documents, _stored, documents.Length - _stored), next);

        // At their new positions they have not been sent yet.
        (_isAlone, _mayBeStored, _hasMoved) = (true, false, true);
    }

    private Task<int> CountStoredAsync(CancellationToken cancellationToken) =>
        ReadAsync(() => collection.CountStoredAsync(documents, _stored, cancellationToken));

    // Writers that met would meet again if all came back at once.
    private static Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(Random.Shared.Next(LongestPauseMilliseconds), cancellationToken);

    // The driver tries a read twice. A message that is on its way is worth as many tries here as it is where it is sent.
    private static async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await read().ConfigureAwait(false);
            }
            catch (MongoException exception) when (InsertFaults.IsInterruption(exception) && tries < MaxResends)
            {
            }
        }
    }
}
