using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MessageCollection
{
    public const int CopyPage = 200;

    // Sent in any order: nobody sees them before all are there.
    private static readonly InsertManyOptions CopyOptions = new() { IsOrdered = false };

    /// <summary>
    /// Copies the oldest messages of a history to a branch of another session, as they are stored, but for what was spent on them.
    /// </summary>
    public async Task CopyAsync(string sessionId, AgentBranch branch, int count, string targetId, AgentBranch target, CancellationToken cancellationToken)
    {
        DateTime? expiresAt = lifetime?.GetMessagesExpiry(targetId, timeProvider.GetUtcNow().UtcDateTime);
        var options = new FindOptions<MessageDocument, RawBsonDocument> { Projection = AsStored, Sort = OldestFirst, BatchSize = CopyPage };
        foreach (var filter in MessageKeys.ToRanges(sessionId, branch, beforePosition: count))
        {
            using var cursor = await collection.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
            while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
            {
                var page = cursor.Current.Select(message => ToCopy(message, sessionId, targetId, target, expiresAt)).ToList();
                if (page.Count > 0)
                {
                    await Documents.InsertManyAsync(page, CopyOptions, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    private static BsonDocument ToCopy(BsonDocument message, string sessionId, string targetId, AgentBranch target, DateTime? expiresAt)
    {
        // What another writer has stored twice is no reason to lose it.
        var copy = new BsonDocument { AllowDuplicateNames = true };
        copy.AddRange(message.Where(static field => field.Name is not (Fields.Base or Fields.EventLoopMetrics or Fields.ExpiresAt)));
        copy[Fields.Id] = MessageKeys.ToKey(targetId, target.AgentId, target.Number, ToPosition(message, sessionId, target.AgentId));
        copy[Fields.SessionId] = targetId;
        copy[Fields.AppendId] = ObjectId.GenerateNewId();
        copy[Fields.Branch] = target.Number;
        if (expiresAt is not null)
        {
            copy[Fields.ExpiresAt] = expiresAt.Value;
        }

        return copy;
    }
}
