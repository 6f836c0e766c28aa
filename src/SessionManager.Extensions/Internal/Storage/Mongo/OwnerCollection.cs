using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// What is kept of owners beside their sessions: that one is being erased, or held, and the receipts, which name none. Holds of sessions, too.
/// </summary>
/// <remarks>
/// An owner that is being erased has one document, whose <c>_id</c> is what the keys of its sessions begin with: calls that meet find each other
/// there. A receipt is the sum of counts, each of one session, until the last that names the owner goes: then it holds the sums.
/// </remarks>
internal sealed class OwnerCollection(IMongoCollection<BsonDocument> collection)
{
    private const int DuplicateKey = 11000;

    private static readonly UpdateOptions OrInsert = new() { IsUpsert = true };
    private static readonly SortDefinition<BsonDocument> ById = new BsonDocument(Fields.Id, 1);

    // What was told to be erased must not come back by a failover, nor its receipt be lost.
    private readonly IMongoCollection<BsonDocument> _collection =
        collection.WithWriteConcern(collection.Settings.WriteConcern.With(w: WriteConcern.WMajority.W));

    /// <summary>
    /// Begins the erasure of an owner, or finds the one that it has.
    /// </summary>
    /// <returns>The id of its receipt.</returns>
    public async Task<string> BeginAsync(SessionOwner owner, BsonDateTime now, CancellationToken cancellationToken)
    {
        var key = OwnerDocument.ToPrefix(owner);
        var options = new FindOneAndUpdateOptions<BsonDocument> { IsUpsert = true, ReturnDocument = ReturnDocument.After };
        BsonDocument? found = null;
        while (found?.Contains(Fields.Erasure) != true)
        {
            try
            {
                var update = ErasureDocument.ToBegin($"{Guid.NewGuid():N}");
                found = await _collection.FindOneAndUpdateAsync(ErasureDocument.ToNoneFilter(key), update, options, cancellationToken).ConfigureAwait(false);
            }
            catch (MongoCommandException exception) when (exception.Code == DuplicateKey)
            {
                // Another call has begun it, or it is held.
                found = await FindOneAsync(key, cancellationToken).ConfigureAwait(false);
            }

            if (HoldDocument.FindReason(found) is { } reason)
            {
                throw new SessionHeldException(owner, reason);
            }
        }

        var id = found[Fields.Erasure].AsString;
        await _collection.UpdateOneAsync(ErasureDocument.ToFilter(id, onlyIncomplete: false), ErasureDocument.ToStart(now), OrInsert, cancellationToken).ConfigureAwait(false);
        return id;
    }

    /// <summary>
    /// Lists the owners that have an erasure, with the ids of their receipts.
    /// </summary>
    public async Task<IReadOnlyList<(SessionOwner Owner, string Id)>> ListAsync(CancellationToken cancellationToken)
    {
        var options = new FindOptions<BsonDocument> { Sort = ById };
        using var cursor = await _collection.FindAsync(ErasureDocument.ToOwnersFilter(), options, cancellationToken).ConfigureAwait(false);
        var found = await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
        return found.ConvertAll(static owner => (OwnerDocument.ToOwner(owner[Fields.Id].AsString), owner[Fields.Erasure].AsString));
    }

    /// <summary>
    /// Adds a count to a receipt.
    /// </summary>
    /// <returns>False where it has it.</returns>
    public async Task<bool> TryAddAsync(BsonDocument count, CancellationToken cancellationToken)
    {
        try
        {
            await _collection.InsertOneAsync(count, options: null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            return false;
        }
    }

    /// <summary>
    /// Completes a receipt, unless it is and nothing has been added.
    /// </summary>
    public Task CompleteAsync(string id, BsonDateTime now, BsonValue finalAt, bool hasMore, CancellationToken cancellationToken) =>
        _collection.UpdateOneAsync(ErasureDocument.ToFilter(id, onlyIncomplete: !hasMore), ErasureDocument.ToComplete(now, finalAt), options: null, cancellationToken);

    /// <summary>
    /// Puts the sums into a receipt, and forgets its owner.
    /// </summary>
    public async Task FinishAsync(SessionOwner owner, ErasureReceipt receipt, CancellationToken cancellationToken)
    {
        var update = ErasureDocument.ToFinish(receipt);
        await _collection.UpdateOneAsync(ErasureDocument.ToOpenFilter(receipt.Id), update, options: null, cancellationToken).ConfigureAwait(false);
        await _collection.DeleteManyAsync(ErasureDocument.ToCountsFilter(receipt.Id), cancellationToken).ConfigureAwait(false);
        var filter = new BsonDocument { { Fields.Id, OwnerDocument.ToPrefix(owner) }, { Fields.Erasure, receipt.Id } };
        await _collection.UpdateOneAsync(filter, ErasureDocument.ToForget(), options: null, cancellationToken).ConfigureAwait(false);
        await DeleteEmptyAsync(OwnerDocument.ToPrefix(owner), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Finds a receipt.
    /// </summary>
    public async Task<ErasureReceipt?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "N", out _))
        {
            // Else it could be that of an owner.
            return null;
        }

        // The counts first: where the sums have come in between, they are not asked for.
        var counts = await ListAsync(ErasureDocument.ToCountsFilter(id), cancellationToken).ConfigureAwait(false);
        return await FindOneAsync(id, cancellationToken).ConfigureAwait(false) is { } receipt ? ErasureDocument.Read(receipt, counts) : null;
    }

    /// <summary>
    /// Holds an owner, or a session, under its key. What is held stays as it is.
    /// </summary>
    /// <returns>The hold.</returns>
    public async Task<BsonDocument> HoldAsync(string key, BsonDocument hold, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument(Fields.Id, key) { HoldDocument.ToCondition(isHeld: false) };
        var update = new BsonDocument("$set", new BsonDocument(Fields.Hold, hold));
        try
        {
            await _collection.UpdateOneAsync(filter, update, OrInsert, cancellationToken).ConfigureAwait(false);
            return hold;
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // It is held.
            return (await FindOneAsync(key, cancellationToken).ConfigureAwait(false))?.GetValue(Fields.Hold, BsonNull.Value) as BsonDocument ?? hold;
        }
    }

    /// <summary>
    /// Takes the hold of an owner, or of a session, back.
    /// </summary>
    /// <returns>False where there was none.</returns>
    public async Task<bool> ReleaseAsync(string key, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument(Fields.Id, key) { HoldDocument.ToCondition(isHeld: true) };
        var result = await _collection.UpdateOneAsync(filter, HoldDocument.ToUnset(), options: null, cancellationToken).ConfigureAwait(false);
        await DeleteEmptyAsync(key, cancellationToken).ConfigureAwait(false);
        return result.MatchedCount > 0;
    }

    /// <summary>
    /// Finds the hold of an owner, or null.
    /// </summary>
    public async Task<BsonDocument?> FindHoldAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        (await FindOneAsync(OwnerDocument.ToPrefix(owner), cancellationToken).ConfigureAwait(false))?.GetValue(Fields.Hold, BsonNull.Value) as BsonDocument;

    /// <summary>
    /// Lists what is held, under its keys.
    /// </summary>
    public Task<List<BsonDocument>> ListHoldsAsync(CancellationToken cancellationToken) =>
        ListAsync(new BsonDocument { HoldDocument.ToCondition(isHeld: true) }, cancellationToken);

    // Nothing is to be kept of an owner that is neither held nor being erased.
    private Task<DeleteResult> DeleteEmptyAsync(string key, CancellationToken cancellationToken) =>
        _collection.DeleteOneAsync(ErasureDocument.ToNoneFilter(key), cancellationToken);

    private async Task<BsonDocument?> FindOneAsync(string key, CancellationToken cancellationToken) =>
        (await ListAsync(new BsonDocument(Fields.Id, key), cancellationToken).ConfigureAwait(false)).SingleOrDefault();

    private async Task<List<BsonDocument>> ListAsync(BsonDocument filter, CancellationToken cancellationToken)
    {
        using var cursor = await _collection.FindAsync(filter, new FindOptions<BsonDocument> { Sort = ById }, cancellationToken).ConfigureAwait(false);
        return await cursor.ToListAsync(cancellationToken).ConfigureAwait(false);
    }
}
