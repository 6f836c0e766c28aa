using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    // For all inserts together, which MessageInserter bounds one by one. Enough for the largest to follow each other without a pause.
    internal const int MaxMessagesOnTheWay = 1_000;
    private const long MaxBytesOnTheWay = 64 * 1024 * 1024;

    private static readonly ProjectionDefinition<MessageDocument, BsonDocument> PositionAndAppendId =
        new BsonDocument { { Fields.Position, 1 }, { Fields.AppendId, 1 } };

    private readonly MessageInserter _inserter = new(collection, timeProvider);
    private readonly AppendBudget _budget = new(MaxMessagesOnTheWay, MaxBytesOnTheWay);

    /// <summary>
    /// Appends messages in their order, each exactly once, and returns their positions.
    /// </summary>
    public async Task<IReadOnlyList<int>?> AppendAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (messages.Count == 0)
        {
            return [];
        }

        using var room = await _budget.EnterAsync(messages.Count, cancellationToken).ConfigureAwait(false);
        var documents = CreateDocuments(sessionId, branch, messages, nextPosition ?? 0, metrics);
        room.Take(documents.Sum(static document => (long)document.Size));
        if (nextPosition is null)
        {
            MessageAppend.Number(documents, await GetNextPositionAsync(sessionId, branch, cancellationToken).ConfigureAwait(false));
        }

        // Those behind the first one may meet another writer all the same.
        var append = StartAppend(documents);
        await append.AppendAsync(onlyAsFirst: onlyThere, cancellationToken).ConfigureAwait(false);
        return !append.HasStored ? null : Array.ConvertAll(documents, static document => document.Position);
    }

    /// <summary>
    /// Stores the first messages of an agent, unless it has any, and returns whether they are its only ones.
    /// </summary>
    /// <remarks>
    /// The call that inserts position 0 wins; the others store nothing. Should a message of another writer get between the
    /// winner's, the rest of them follow it.
    /// </remarks>
    public Task<bool> AddFirstAsync(MessageDocument[] documents, CancellationToken cancellationToken) =>
        documents is [] ? Task.FromResult(true) : StartAppend(documents).AppendAsync(onlyAsFirst: true, cancellationToken);

    /// <summary>
    /// Waits until there is room for messages on their way. Null for none. Dispose the result to give it back.
    /// </summary>
    /// <remarks>Before the messages are encoded: those that wait take no memory of their own.</remarks>
    public async ValueTask<AppendBudget.Share?> EnterAsync(int count, CancellationToken cancellationToken) =>
        count == 0 ? null : await _budget.EnterAsync(count, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Creates the documents of messages, numbered from a position on. The metrics go with the last assistant message.
    /// </summary>
    public MessageDocument[] CreateDocuments(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int firstPosition = 0,
        EventLoopMetrics? metrics = null)
    {
        var now = timeProvider.GetUtcNow().UtcDateTime;
        return MessageDocument.CreateAll(sessionId, branch, messages, firstPosition, metrics, codec, now, lifetime?.GetMessagesExpiry(sessionId, now));
    }

    /// <summary>
    /// Counts those of some documents, from one on, that are stored at their positions without a gap.
    /// </summary>
    internal async Task<int> CountStoredAsync(MessageDocument[] documents, int start, CancellationToken cancellationToken)
    {
        var first = documents[start];
        var options = new FindOptions<MessageDocument, BsonDocument>
        {
            Projection = PositionAndAppendId,
            Sort = OldestFirst,
            BatchSize = documents.Length - start + 1,
        };
        var range = MessageKeys.ToOwnRange(first.SessionId, first.Branch, first.Position, documents[^1].Position + 1);
        using var cursor = await collection.FindAsync(range, options, cancellationToken).ConfigureAwait(false);
        var stored = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return stored
            .TakeWhile((document, i) => start + i < documents.Length
                && document[Fields.Position].ToInt32() == documents[start + i].Position
                && document[Fields.AppendId] == documents[start + i].AppendId)
            .Count();
    }

    private MessageAppend StartAppend(MessageDocument[] documents)
    {
        // For collections that no host start has prepared. Nothing here needs them: an append goes by _id.
        indexes?.Begin();
        return new MessageAppend(this, _inserter, documents, logger);
    }
}
