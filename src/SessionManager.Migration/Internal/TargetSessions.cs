using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Reads and writes the target: messages and feedback first, the session last, and nothing over what somebody else has stored.
/// </summary>
/// <remarks>
/// A message's <c>append_id</c>, the id of feedback and a session's <c>migration.target_hash</c> are made of what was stored. So each document says by
/// itself whether it is still that, also where a migration was killed between two of them.
/// </remarks>
internal sealed class TargetSessions(MigrationPlace place, TimeProvider timeProvider)
{
    // Of one command. Servers take 48 MB and 100,000 documents; a small one is soon answered.
    private const int MaxBatchBytes = 4 * 1024 * 1024;
    private const int MaxBatchCount = 1000;

    private readonly TargetFeedback _feedback = new(place.Feedback);

    /// <summary>
    /// Gets the hashes of the sources that sessions were made of, by their ids.
    /// </summary>
    public async Task<Dictionary<string, string?>> FindSourceHashesAsync(IEnumerable<string> sessionIds, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument(Names.Id, new BsonDocument("$in", new BsonArray(sessionIds)));
        var options = new FindOptions<RawBsonDocument> { Projection = new BsonDocument($"{Names.Migration}.{Names.SourceHash}", 1) };
        using var cursor = await place.Sessions.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var hashes = new Dictionary<string, string?>(StringComparer.Ordinal);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var session in cursor.Current)
            {
                hashes[session[Names.Id].AsString] = GetSourceHash(session);
            }
        }

        return hashes;
    }

    /// <summary>
    /// Reads what there is of a session.
    /// </summary>
    /// <exception cref="TargetConflictException">Something else has written to it.</exception>
    public async Task<TargetState> ReadAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await RawBson.FindAsync(place.Sessions, sessionId, cancellationToken).ConfigureAwait(false);
        if (session is not null)
        {
            if (TargetLayout.IsTombstone(session))
            {
                // Its messages would be among what is swept.
                throw new TargetConflictException("The target's session of this id was deleted, which is known for a time. It can come back after that.");
            }

            if (RawBson.Find<RawBsonDocument>(session, Names.Migration) is not { } migration)
            {
                throw new TargetConflictException("The target has a session of this id that was not migrated.");
            }

            if (RawBson.Find(migration, Names.TargetHash) is not BsonString hash || hash.Value != ToTargetHash(session))
            {
                throw TargetConflictException.Used();
            }
        }

        var found = new Dictionary<string, ObjectId>(StringComparer.Ordinal);
        using var cursor = await place.Messages.FindAsync(TargetLayout.ToMessages(sessionId), cancellationToken: cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var message in cursor.Current)
            {
                using (message)
                {
                    if (RawBson.Find(message, Names.AppendId) is not BsonObjectId appendId || appendId.Value != MappedMessage.ToAppendId(message))
                    {
                        throw session is null ? new TargetConflictException("The target has messages of a session of this id that were not migrated.") : TargetConflictException.Used();
                    }

                    found[message[Names.Id].AsString] = appendId.Value;
                }
            }
        }

        return new TargetState(session, found, await _feedback.ReadAsync(sessionId, session is not null, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Writes what differs, and the session last.
    /// </summary>
    /// <returns>The number of messages that were written or removed.</returns>
    /// <exception cref="TargetConflictException">Somebody else has written to it meanwhile.</exception>
    public async Task<int> WriteAsync(SessionMapper mapper, string sourceHash, TargetState state, CancellationToken cancellationToken)
    {
        var written = await WriteMessagesAsync(mapper, state, cancellationToken).ConfigureAwait(false);
        await _feedback.WriteAsync(mapper.SessionId, mapper.Feedback, state.Feedback, cancellationToken).ConfigureAwait(false);
        var session = RawBson.ToRaw(ToDocument(mapper, sourceHash));
        if (state.Session is not { } before)
        {
            await InsertAsync(session, mapper.SessionId, sourceHash, cancellationToken).ConfigureAwait(false);
            return written;
        }

        // What another writer changes moves the date of the session, but that a run begins.
        var filter = new BsonDocument
        {
            { Names.Id, mapper.SessionId },
            { Names.Migration, before[Names.Migration] },
            { Names.UpdatedAt, before[Names.UpdatedAt] },
        };
        foreach (var agent in RawBson.Find<RawBsonDocument>(before, Names.Agents)?.Names ?? [])
        {
            filter.Add(TargetLayout.ToRunPath(agent), new BsonDocument("$exists", false));
        }

        var result = await place.Sessions.ReplaceOneAsync(filter, session, cancellationToken: cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0 ? written : throw TargetConflictException.Used();
    }

    /// <summary>
    /// Counts the messages that would be written or removed.
    /// </summary>
    public static int CountWrites(SessionMapper mapper, TargetState state) => FindWrites(mapper, state).Count();

    // Those that differ from what is stored, and then, without a document, what the source has no more.
    private static IEnumerable<(string Id, ObjectId Before, RawBsonDocument? Document)> FindWrites(SessionMapper mapper, TargetState state)
    {
        var rest = new Dictionary<string, ObjectId>(state.Messages, StringComparer.Ordinal);
        foreach (var message in mapper.MapMessages())
        {
            var isStored = rest.Remove(message.Id, out var before);
            if (!isStored || before != message.AppendId)
            {
                // Where the document at this position is neither of the two, the upsert is refused for its key.
                yield return (message.Id, isStored ? before : message.AppendId, message.Document);
            }
        }

        foreach (var (id, appendId) in rest)
        {
            yield return (id, appendId, null);
        }
    }

    private async Task<int> WriteMessagesAsync(SessionMapper mapper, TargetState state, CancellationToken cancellationToken)
    {
        var batch = new List<WriteModel<RawBsonDocument>>();
        var bytes = 0;
        var written = 0;
        foreach (var (id, before, document) in FindWrites(mapper, state))
        {
            var size = document?.Slice.Length ?? 0;
            if (batch.Count > 0 && (batch.Count == MaxBatchCount || bytes + size > MaxBatchBytes))
            {
                written += await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                bytes = 0;
            }

            var filter = ToFilter(id, mapper.SessionId, before);
            batch.Add(document is null ? new DeleteOneModel<RawBsonDocument>(filter) : new ReplaceOneModel<RawBsonDocument>(filter, document) { IsUpsert = true });
            bytes += size;
        }

        return written + await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    // By its append_id, so that what has changed meanwhile is left alone. The router of a sharded cluster needs the shard key.
    private static BsonDocument ToFilter(string id, string sessionId, ObjectId appendId) =>
        new() { { Names.Id, id }, { Names.SessionId, sessionId }, { Names.AppendId, appendId } };

    private async Task<int> WriteAsync(List<WriteModel<RawBsonDocument>> batch, CancellationToken cancellationToken)
    {
        if (batch.Count == 0)
        {
            return 0;
        }

        try
        {
            // In order: where somebody else has taken a position meanwhile, none behind it is written.
            await place.Messages.BulkWriteAsync(batch, new BulkWriteOptions { IsOrdered = true }, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoBulkWriteException<RawBsonDocument> exception) when (exception.WriteErrors.Any(IsDuplicateKey))
        {
            throw TargetConflictException.Used();
        }

        var count = batch.Count;
        batch.Clear();
        return count;
    }

    private async Task InsertAsync(RawBsonDocument session, string sessionId, string sourceHash, CancellationToken cancellationToken)
    {
        try
        {
            await place.Sessions.InsertOneAsync(session, options: null, cancellationToken).ConfigureAwait(false);
        }
        catch (MongoWriteException exception) when (exception.WriteError is { } error && IsDuplicateKey(error))
        {
            // Another migration may have been at it, or this insert's answer was lost.
            var stored = await RawBson.FindAsync(place.Sessions, sessionId, cancellationToken).ConfigureAwait(false);
            if (stored is null || GetSourceHash(stored) != sourceHash)
            {
                throw TargetConflictException.Used();
            }
        }
    }

    private BsonDocument ToDocument(SessionMapper mapper, string sourceHash)
    {
        var session = mapper.MapSession();
        var counts = new BsonDocument
        {
            { Names.Agents, mapper.Agents.Count },
            { Names.Messages, mapper.MessageCount },
            { Names.Feedbacks, mapper.Feedback.Count },
        };
        var hash = ToTargetHash(RawBson.ToRaw(session));
        return session.Add(Names.Migration, new BsonDocument
        {
            { Names.SourceHash, sourceHash },
            { Names.TargetHash, hash },
            { Names.At, timeProvider.GetUtcNow().UtcDateTime },
            { Names.Counts, counts },
        });
    }

    private static string ToTargetHash(RawBsonDocument session) => Convert.ToHexStringLower(RawBson.HashWithout(session, Names.Migration));

    private static string? GetSourceHash(RawBsonDocument session) =>
        RawBson.Find(RawBson.Find<RawBsonDocument>(session, Names.Migration), Names.SourceHash) is BsonString hash ? hash.Value : null;

    private static bool IsDuplicateKey(WriteError error) => error.Category == ServerErrorCategory.DuplicateKey;
}
