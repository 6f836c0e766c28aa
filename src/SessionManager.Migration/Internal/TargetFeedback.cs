using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Reads and writes the feedback in the target. An id is made of what it names, so that nothing is stored twice or written over.
/// </summary>
internal sealed class TargetFeedback(IMongoCollection<RawBsonDocument> feedback)
{
    private static readonly BulkWriteOptions Unordered = new() { IsOrdered = false };

    /// <summary>
    /// Reads the <c>_id</c> of each feedback that there is of a session.
    /// </summary>
    /// <exception cref="TargetConflictException">Some is not as a migration has stored it.</exception>
    public async Task<HashSet<string>> ReadAsync(string sessionId, bool hasSession, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        using var cursor = await feedback.FindAsync(TargetLayout.ToFeedback(sessionId), cancellationToken: cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var stored in cursor.Current)
            {
                using (stored)
                {
                    if (!MappedFeedback.IsMigrated(stored))
                    {
                        throw hasSession
                            ? TargetConflictException.Used()
                            : new TargetConflictException("The target has feedback of a session of this id that was not migrated.");
                    }

                    found.Add(stored[Names.Id].AsString);
                }
            }
        }

        return found;
    }

    /// <summary>
    /// Stores what is missing, and removes what the source has no more.
    /// </summary>
    public async Task WriteAsync(string sessionId, IReadOnlyList<MappedFeedback> mapped, IReadOnlySet<string> stored, CancellationToken cancellationToken)
    {
        // The router of a sharded cluster needs the shard key.
        var gone = stored.Except(mapped.Select(static one => one.Id), StringComparer.Ordinal)
            .Select(id => new DeleteOneModel<RawBsonDocument>(new BsonDocument { { Names.Id, id }, { Names.SessionId, sessionId } }));
        List<WriteModel<RawBsonDocument>> writes =
            [.. mapped.Where(one => !stored.Contains(one.Id)).Select(static one => new InsertOneModel<RawBsonDocument>(one.Document)), .. gone];
        if (writes.Count == 0)
        {
            return;
        }

        try
        {
            await feedback.BulkWriteAsync(writes, Unordered, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoBulkWriteException<RawBsonDocument> exception)
            when (exception.WriteConcernError is null && exception.WriteErrors.All(static error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            // Another migration has stored the same meanwhile.
        }
    }
}
