using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class DuplicateKeyTests(ServerFixture server) : DatabaseTests(server)
{
    private Task CreateUniqueIndexAsync() =>
        RunAsync("{ createIndexes: 'things', indexes: [ { key: { name: 1 }, name: 'by_name', unique: true } ] }");

    [Fact]
    public async Task Insert_OfSameId_IsDuplicateKey()
    {
        await Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation);

        var failure = await Assert.ThrowsAsync<MongoWriteException>(
            () => Collection.InsertOneAsync(Parse("{ _id: 1 }"), cancellationToken: Cancellation));

        AssertIsDuplicate(failure.WriteError, "_id_");
    }

    [Fact]
    public async Task Insert_IntoUniqueIndex_IsDuplicateKey()
    {
        await CreateUniqueIndexAsync();
        await Collection.InsertOneAsync(Parse("{ _id: 1, name: 'x' }"), cancellationToken: Cancellation);

        var failure = await Assert.ThrowsAsync<MongoWriteException>(
            () => Collection.InsertOneAsync(Parse("{ _id: 2, name: 'x' }"), cancellationToken: Cancellation));

        AssertIsDuplicate(failure.WriteError, "by_name");
    }

    [Fact]
    public async Task Upsert_IntoUniqueIndex_IsDuplicateKey()
    {
        await CreateUniqueIndexAsync();
        await Collection.InsertOneAsync(Parse("{ _id: 1, name: 'x' }"), cancellationToken: Cancellation);

        var failure = await Assert.ThrowsAsync<MongoWriteException>(() => Collection.UpdateOneAsync(
            Parse("{ _id: 2 }"), Parse("{ $set: { name: 'x' } }"), new UpdateOptions { IsUpsert = true }, Cancellation));

        AssertIsDuplicate(failure.WriteError, "by_name");
    }

    [Fact]
    public async Task FindAndModify_IntoUniqueIndex_IsDuplicateKey()
    {
        await CreateUniqueIndexAsync();
        await Collection.InsertOneAsync(Parse("{ _id: 1, name: 'x' }"), cancellationToken: Cancellation);

        var failure = await Assert.ThrowsAsync<MongoCommandException>(() => Collection.FindOneAndUpdateAsync(
            Parse("{ _id: 2 }"),
            Parse("{ $set: { name: 'x' } }"),
            new FindOneAndUpdateOptions<BsonDocument> { IsUpsert = true },
            Cancellation));

        Assert.Equal(11000, failure.Code);
        Assert.Equal("DuplicateKey", failure.CodeName);
        Assert.Contains("index: by_name dup key", failure.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateIndex_OverDuplicates_IsDuplicateKey()
    {
        await Collection.InsertManyAsync(
            [Parse("{ name: 'x' }"), Parse("{ name: 'x' }")], cancellationToken: Cancellation);

        var failure = await Assert.ThrowsAnyAsync<MongoCommandException>(CreateUniqueIndexAsync);

        Assert.Equal(11000, failure.Code);
        Assert.Contains("index: by_name dup key", failure.ErrorMessage, StringComparison.Ordinal);
    }

    private void AssertIsDuplicate(WriteError error, string index)
    {
        Assert.Equal(ServerErrorCategory.DuplicateKey, error.Category);
        Assert.Equal(11000, error.Code);
        Assert.StartsWith(
            $"E11000 duplicate key error collection: {Collection.CollectionNamespace} index: {index} dup key",
            error.Message,
            StringComparison.Ordinal);
    }
}
