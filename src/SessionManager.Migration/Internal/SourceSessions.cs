using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Reads the sessions of Python's, in pages by their ids: no cursor is open for longer than a page takes.
/// </summary>
internal sealed class SourceSessions(IMongoCollection<RawBsonDocument> source)
{
    private const int PageSize = 200;

    private static readonly BsonDocument ById = new(Names.Id, 1);

    public Task<long> CountAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        ids.Count > 0 ? Task.FromResult((long)ids.Count) : source.EstimatedDocumentCountAsync(cancellationToken: cancellationToken);

    public Task<RawBsonDocument?> FindAsync(string sessionId, CancellationToken cancellationToken) => RawBson.FindAsync(source, sessionId, cancellationToken);

    /// <summary>
    /// Lists the ids that are no text. No session manager can ask for one.
    /// </summary>
    public async Task<IReadOnlyList<string>> ListOtherIdsAsync(int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument(Names.Id, new BsonDocument("$not", new BsonDocument("$type", "string")));
        var options = new FindOptions<RawBsonDocument> { Projection = new BsonDocument(Names.Id, 1), Limit = limit };
        using var cursor = await source.FindAsync(filter, options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.ConvertAll(static document => document[Names.Id].ToString()!);
    }

    /// <summary>
    /// Reads all sessions, one batch of the server's after the other.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<RawBsonDocument>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = "";
        while (true)
        {
            // Of text only: a comparison finds values of its own type.
            var filter = new BsonDocument(Names.Id, last.Length == 0 ? new BsonDocument("$gte", "") : new BsonDocument("$gt", last));
            var options = new FindOptions<RawBsonDocument> { Sort = ById, Limit = PageSize };
            var count = 0;
            using (var cursor = await source.FindAsync(filter, options, cancellationToken).ConfigureAwait(false))
            {
                while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
                {
                    var batch = cursor.Current.Select(RawBson.Detach).ToList();
                    if (batch.Count > 0)
                    {
                        count += batch.Count;
                        last = batch[^1][Names.Id].AsString;
                        yield return batch;
                    }
                }
            }

            if (count < PageSize)
            {
                yield break;
            }
        }
    }
}
