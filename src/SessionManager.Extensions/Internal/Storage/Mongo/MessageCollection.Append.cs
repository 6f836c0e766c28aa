using Microsoft.Extensions.AI;
using MongoDB.Driver;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    // Inserts met in the server, which gave one of them up. MongoDB tries again by itself, DocumentDB does not. Each time
    // another one gets through, so this many mean that something else is wrong.
    private const int WriteConflict = 112;
    private const int MaxConflicts = 100;
    private const int LongestPauseMilliseconds = 250;

    // Each one waits for a server to be selected, so a server that stays away ends the loop by the driver's time-out.
    private const int MaxResends = 5;

    // For all inserts together, which MessageInserter bounds one by one. Enough for the largest to follow each other without a pause.
    internal const int MaxMessagesOnTheWay = 1_000;
    private const long MaxBytesOnTheWay = 64 * 1024 * 1024;

    private readonly MessageInserter _inserter = new(collection);
    private readonly AppendBudget _budget = new(MaxMessagesOnTheWay, MaxBytesOnTheWay);

    /// <summary>
    /// Appends messages in their order, each exactly once, and returns their positions.
    /// </summary>
    /// <remarks>
    /// A message is inserted with the position that it should get. A duplicate key means one of two things. After a lost
    /// connection it can be this very message, which is told by its append id: it is stored. Else another writer has taken
    /// the position: the next free one is tried. Some writer gets each position, so writers that collide always make progress.
    /// </remarks>
    public async Task<IReadOnlyList<int>> AppendAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (messages.Count == 0)
        {
            return [];
        }

        // Before the messages are encoded: those that wait take no memory of their own.
        using var share = await _budget.EnterAsync(messages.Count, cancellationToken).ConfigureAwait(false);
        var documents = CreateDocuments(sessionId, agentId, messages, nextPosition ?? 0, metrics);
        share.Take(documents.Sum(static document => (long)document.Message.Slice.Length));
        // For collections that no host start has prepared: those of other options, and all of a process without a host.
        await EnsureIndexesAsync(cancellationToken).ConfigureAwait(false);
        if (nextPosition is null)
        {
            Number(documents, 0, await GetNextPositionAsync(sessionId, agentId, cancellationToken).ConfigureAwait(false));
        }

        if (documents is [var single])
        {
            // It shares an insert with those of others.
            return [await InsertAsync(single, cancellationToken).ConfigureAwait(false)];
        }

        var stored = await InsertAsync(documents, cancellationToken).ConfigureAwait(false);
        await InsertAllAsync(documents, stored, cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(documents, static document => document.Position);
    }

    /// <summary>
    /// Stores the first messages of an agent, unless it has any, and returns whether they are its only ones.
    /// </summary>
    /// <remarks>
    /// The call that inserts position 0 wins; the others store nothing. Should a message of another writer get between the
    /// winner's, the rest of them follow it.
    /// </remarks>
    public async Task<bool> AddFirstAsync(MessageDocument[] documents, CancellationToken cancellationToken)
    {
        if (documents is [])
        {
            return true;
        }

        await EnsureIndexesAsync(cancellationToken).ConfigureAwait(false);
        var stored = await InsertAsync(documents, cancellationToken).ConfigureAwait(false);
        if (stored > 0)
        {
            await InsertAllAsync(documents, stored, cancellationToken).ConfigureAwait(false);
        }

        return stored == documents.Length;
    }

    /// <summary>
    /// Creates the documents of messages, numbered from a position on. The metrics go with the last assistant message.
    /// </summary>
    public MessageDocument[] CreateDocuments(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int firstPosition = 0,
        EventLoopMetrics? metrics = null)
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        return MessageDocument.CreateAll(sessionId, agentId, messages, firstPosition, metrics, codec, now, lifetime?.GetMessagesExpiry(sessionId, now));
    }

    private static void Number(MessageDocument[] documents, int start, int position)
    {
        for (var i = start; i < documents.Length; i++)
        {
            documents[i].Position = position++;
        }
    }

    /// <summary>
    /// Inserts the rest of messages of which some are stored, behind those of other writers that they have met.
    /// </summary>
    private async Task InsertAllAsync(MessageDocument[] documents, int stored, CancellationToken cancellationToken)
    {
        while (stored < documents.Length)
        {
            // The first one that met another writer's message finds the next free position, whatever that takes.
            var position = await InsertAsync(documents[stored], cancellationToken).ConfigureAwait(false);
            stored++;
            Number(documents, stored, position + 1);
            stored += await InsertAsync(documents[stored..], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Inserts messages until one meets a message of another writer, and returns how many are stored.
    /// </summary>
    private async Task<int> InsertAsync(MessageDocument[] documents, CancellationToken cancellationToken)
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
                // The messages before the one that was given up are stored. They are sent again, and turn out to be.
                conflicts++;
                mayBeStored = true;
                await PauseAsync(documents[0], cancellationToken).ConfigureAwait(false);
            }
            catch (MongoException exception) when (IsInterruption(exception) && resends < MaxResends)
            {
                resends++;
                mayBeStored = true;
                logger.MessageResent(documents[stored].SessionId, documents[stored].AgentId, documents[stored].Position, exception.GetType().Name);
            }
            catch (MongoBulkWriteException<MessageDocument> exception) when (exception.WriteErrors is [{ Category: ServerErrorCategory.DuplicateKey } error])
            {
                // An ordered insert stops at the first duplicate, so all before it are stored.
                stored += error.Index;
                if (!mayBeStored || !await IsStoredAsync(documents[stored], cancellationToken).ConfigureAwait(false))
                {
                    return stored;
                }

                // Its own, from an attempt before: the rest goes on behind it.
                stored++;
            }
        }

        return stored;
    }

    private async Task<int> InsertAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        // One that has met another process's message may meet the next one: it does not make other messages wait for that.
        var (isAlone, mayBeStored) = (false, false);
        for (int resends = 0, conflicts = 0; ;)
        {
            try
            {
                if (isAlone)
                {
                    await collection.InsertOneAsync(document, options: null, cancellationToken).ConfigureAwait(false);
                    return document.Position;
                }

                if (await _inserter.TryInsertAsync(document, cancellationToken).ConfigureAwait(false))
                {
                    return document.Position;
                }

                // The group failed as a whole, perhaps after this message was stored.
                (isAlone, mayBeStored) = (true, true);
            }
            catch (MongoException exception) when (IsInterruption(exception) && resends < MaxResends)
            {
                resends++;
                mayBeStored = true;
                logger.MessageResent(document.SessionId, document.AgentId, document.Position, exception.GetType().Name);
            }
            catch (MongoWriteException exception) when (exception.WriteError?.Code == WriteConflict && conflicts < MaxConflicts)
            {
                conflicts++;
                // Given up, so not stored.
                isAlone = true;
                await PauseAsync(document, cancellationToken).ConfigureAwait(false);
            }
            catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
            {
                if (mayBeStored && await IsStoredAsync(document, cancellationToken).ConfigureAwait(false))
                {
                    return document.Position;
                }

                // At its new position it has not been sent yet.
                (isAlone, mayBeStored) = (true, false);
                if (!await TryMoveOnAsync(document, cancellationToken).ConfigureAwait(false))
                {
                    // Not this position was the duplicate, but something under a unique index that is not ours.
                    throw;
                }
            }
        }
    }

    /// <summary>
    /// Gives a message whose position is taken the next free one. False when its position is free.
    /// </summary>
    private async Task<bool> TryMoveOnAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        var next = await ReadAsync(() => GetNextPositionAsync(document.SessionId, document.AgentId, cancellationToken)).ConfigureAwait(false);
        if (next == document.Position)
        {
            return false;
        }

        logger.MessageIdTaken(document.SessionId, document.AgentId, document.Position);
        document.Position = next;
        return true;
    }

    // Writers that met would meet again if all came back at once.
    private Task PauseAsync(MessageDocument document, CancellationToken cancellationToken)
    {
        logger.MessageIdContested(document.SessionId, document.AgentId, document.Position);
        return Task.Delay(Random.Shared.Next(LongestPauseMilliseconds), cancellationToken);
    }

    private ValueTask EnsureIndexesAsync(CancellationToken cancellationToken) =>
        indexes?.EnsureAsync(cancellationToken) ?? ValueTask.CompletedTask;

    private Task<bool> IsStoredAsync(MessageDocument document, CancellationToken cancellationToken) => ReadAsync(async () =>
    {
        var options = new FindOptions<MessageDocument, MongoDB.Bson.BsonDocument> { Projection = AppendIdOnly };
        var filter = MessageKeys.ToFilter(document.SessionId, document.AgentId, document.Position);
        using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var stored = await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false);
        return stored is not null && stored[Fields.AppendId] == document.AppendId;
    });

    // The driver tries a read twice. A message that is on its way is worth as many tries here as it is where it is sent.
    private static async Task<T> ReadAsync<T>(Func<Task<T>> read)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await read().ConfigureAwait(false);
            }
            catch (MongoException exception) when (IsInterruption(exception) && tries < MaxResends)
            {
            }
        }
    }

    // The message may or may not be stored. A connection that is refused for its credentials never carried it.
    private static bool IsInterruption(MongoException exception) => exception is
        (MongoConnectionException and not MongoAuthenticationException)
        or MongoConnectionPoolPausedException
        or MongoNotPrimaryException
        or MongoNodeIsRecoveringException;
}
