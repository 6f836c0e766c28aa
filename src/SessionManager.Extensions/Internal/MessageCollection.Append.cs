using Microsoft.Extensions.AI;
using MongoDB.Driver;
using SessionManager.Internal.Documents;

namespace SessionManager.Internal;

internal sealed partial class MessageCollection
{
    // Inserts met in the server, which gave one of them up. MongoDB tries again by itself, DocumentDB does not. Each time
    // another one gets through, so this many mean that something else is wrong.
    private const int WriteConflict = 112;
    private const int MaxConflicts = 100;
    private const int LongestPauseMilliseconds = 250;

    // Each one waits for a server to be selected, so a server that stays away ends the loop by the driver's time-out.
    private const int MaxResends = 5;

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 32).Select(static _ => new SemaphoreSlim(1, 1))];

    /// <summary>
    /// Appends a message exactly once and returns its id.
    /// </summary>
    /// <remarks>
    /// The message is inserted with the id that it should get. A duplicate key means one of two things. After a lost
    /// connection it can be this very message, which is told by its <c>_id</c>: it is stored. Else another writer has
    /// taken the message id: the next free one is tried. Some writer gets each id, so writers that collide always make
    /// progress.
    /// </remarks>
    public async Task<int> AppendAsync(string sessionId, string agentId, ChatMessage message, int? nextMessageId, CancellationToken cancellationToken)
    {
        var document = CreateDocument(sessionId, agentId, nextMessageId ?? 0, message);
        await EnsureIndexesAsync(cancellationToken).ConfigureAwait(false);
        if (nextMessageId is null)
        {
            document.MessageId = await GetNextIdAsync(sessionId, agentId, cancellationToken).ConfigureAwait(false);
        }

        return await InsertAsync(document, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Stores the first messages of an agent, unless it has any, and returns whether they are its only ones.
    /// </summary>
    /// <remarks>
    /// Whoever inserts message 0 wins; the others store nothing. Should a message of another writer get between the
    /// winner's, the rest of them follow it.
    /// </remarks>
    public async Task<bool> AddFirstAsync(MessageDocument[] documents, CancellationToken cancellationToken)
    {
        await EnsureIndexesAsync(cancellationToken).ConfigureAwait(false);
        var stored = await InsertFirstAsync(documents, cancellationToken).ConfigureAwait(false);
        if (stored == documents.Length)
        {
            return true;
        }

        foreach (var document in stored == 0 ? [] : documents[stored..])
        {
            await InsertAsync(document, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>
    /// Inserts messages until one meets a message of another writer, and returns how many are stored.
    /// </summary>
    private async Task<int> InsertFirstAsync(MessageDocument[] documents, CancellationToken cancellationToken)
    {
        SemaphoreSlim? turn = null;
        try
        {
            var (stored, mayBeStored) = (0, false);
            for (int resends = 0, conflicts = 0; stored < documents.Length;)
            {
                try
                {
                    await collection.InsertManyAsync(documents[stored..], cancellationToken: cancellationToken).ConfigureAwait(false);
                    return documents.Length;
                }
                catch (MongoBulkWriteException<MessageDocument> exception) when (exception.WriteErrors is [{ Code: WriteConflict }] && conflicts < MaxConflicts)
                {
                    // The messages before the one that was given up are stored.
                    conflicts++;
                    mayBeStored = true;
                    turn ??= await TakeTurnAsync(documents[0], cancellationToken).ConfigureAwait(false);
                    await PauseAsync(documents[0], cancellationToken).ConfigureAwait(false);
                }
                catch (MongoException exception) when (IsInterruption(exception) && resends < MaxResends)
                {
                    resends++;
                    mayBeStored = true;
                    logger.MessageResent(documents[stored].SessionId, documents[stored].AgentId, stored, exception.GetType().Name);
                }
                catch (MongoBulkWriteException<MessageDocument> exception) when (exception.WriteErrors is [{ Category: ServerErrorCategory.DuplicateKey } error])
                {
                    // An ordered insert stops at the first duplicate.
                    stored += error.Index;
                    if (!mayBeStored || !await IsStoredAsync(documents[stored], cancellationToken).ConfigureAwait(false))
                    {
                        return stored;
                    }

                    stored++;
                }
            }

            return stored;
        }
        finally
        {
            turn?.Release();
        }
    }

    public MessageDocument[] CreateFirst(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages)
    {
        var documents = new MessageDocument[messages.Count];
        for (var i = 0; i < documents.Length; i++)
        {
            var message = messages[i] ?? throw new ArgumentException($"The message at {nameof(messages)}[{i}] is null.", nameof(messages));
            documents[i] = CreateDocument(sessionId, agentId, i, message);
        }

        return documents;
    }

    private async Task<int> InsertAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        SemaphoreSlim? turn = null;
        try
        {
            var mayBeStored = false;
            for (int resends = 0, conflicts = 0; ;)
            {
                try
                {
                    await collection.InsertOneAsync(document, options: null, cancellationToken).ConfigureAwait(false);
                    return document.MessageId;
                }
                catch (MongoException exception) when (IsInterruption(exception) && resends < MaxResends)
                {
                    resends++;
                    mayBeStored = true;
                    logger.MessageResent(document.SessionId, document.AgentId, document.MessageId, exception.GetType().Name);
                }
                catch (MongoWriteException exception) when (exception.WriteError?.Code == WriteConflict && conflicts < MaxConflicts)
                {
                    conflicts++;
                    turn ??= await TakeTurnAsync(document, cancellationToken).ConfigureAwait(false);
                    await PauseAsync(document, cancellationToken).ConfigureAwait(false);
                }
                catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
                {
                    if (mayBeStored && await IsStoredAsync(document, cancellationToken).ConfigureAwait(false))
                    {
                        return document.MessageId;
                    }

                    mayBeStored = false;
                    turn ??= await TakeTurnAsync(document, cancellationToken).ConfigureAwait(false);
                    if (!await TryMoveOnAsync(document, cancellationToken).ConfigureAwait(false))
                    {
                        // Not this id was the duplicate, but something under a unique index that is not ours.
                        throw;
                    }
                }
            }
        }
        finally
        {
            turn?.Release();
        }
    }

    /// <summary>
    /// Gives a message whose id is taken the next free one. False when its id is free.
    /// </summary>
    private async Task<bool> TryMoveOnAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        var next = await GetNextIdAsync(document.SessionId, document.AgentId, cancellationToken).ConfigureAwait(false);
        if (next == document.MessageId)
        {
            return false;
        }

        logger.MessageIdTaken(document.SessionId, document.AgentId, document.MessageId);
        document.MessageId = next;
        return true;
    }

    /// <summary>
    /// Waits until no other writer of this process that has met another one tries again. Writers that meet nobody need no
    /// turn.
    /// </summary>
    private async Task<SemaphoreSlim> TakeTurnAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        var turn = _turns[(uint)HashCode.Combine(document.SessionId, document.AgentId) % _turns.Length];
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return turn;
    }

    // Writers that met would meet again if all came back at once.
    private Task PauseAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        logger.MessageIdContested(document.SessionId, document.AgentId, document.MessageId);
        return Task.Delay(Random.Shared.Next(LongestPauseMilliseconds), cancellationToken);
    }

    private ValueTask EnsureIndexesAsync(CancellationToken cancellationToken) =>
        indexes?.EnsureAsync(cancellationToken) ?? ValueTask.CompletedTask;

    private async Task<bool> IsStoredAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        var options = new FindOptions<MessageDocument, MongoDB.Bson.BsonDocument> { Projection = IdsOnly };
        var filter = ToFilter(document.SessionId, document.AgentId, document.MessageId);
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var stored = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return stored is not null && stored[Fields.Id] == document.Id;
    }

    // The message may or may not be stored. A connection that is refused for its credentials never carried it.
    private static bool IsInterruption(MongoException exception) => exception is
        (MongoConnectionException and not MongoAuthenticationException)
        or MongoConnectionPoolPausedException
        or MongoNotPrimaryException
        or MongoNodeIsRecoveringException;
}
