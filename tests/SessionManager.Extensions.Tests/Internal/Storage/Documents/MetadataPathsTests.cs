using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

public sealed class MetadataPathsTests
{
    private static readonly BsonDocument Stored = BsonDocument.Parse("{'a':{'b':{'c':1},'x%2Ey':2},'list':[10,{'k':20}],'none':null,'50%25':3}");

    [Theory]
    [InlineData("priority", "metadata.priority")]
    [InlineData("a.b.c", "metadata.a.b.c")]
    [InlineData("a$b.50%", "metadata.a%24b.50%25")]
    [InlineData("tags.0", "metadata.tags.0")]
    [InlineData("é 😀", "metadata.é 😀")]
    [InlineData(" a", "metadata. a")]
    public void Create_ValidKey_IsItsPath(string key, string path) => Assert.Equal([path], MetadataPaths.Create([key]));

    [Fact]
    public void Create_SiblingKeys_KeepTheirOrder() =>
        Assert.Equal(["metadata.pq", "metadata.p.b", "metadata.p.a"], MetadataPaths.Create(["pq", "p.b", "p.a"]));

    [Fact]
    public void CreateProjection_OverlappingKeys_AreAskedForOnce() =>
        Assert.Equal(["metadata.p", "metadata.q.a"], MetadataPaths.CreateProjection(["p.q", "p", "p", "q.a", "p.r.s"]));

    [Fact]
    public void CreateProjection_ArrayIndex_AsksForTheArray() =>
        Assert.Equal(["metadata.list", "metadata.0"], MetadataPaths.CreateProjection(["list.0", "list.1.k", "0"]));

    [Theory]
    [InlineData(1, "$lte", long.MaxValue - 1)]
    [InlineData(long.MaxValue, "$lte", 0)]
    [InlineData(0, "$gte", long.MinValue)]
    [InlineData(-1, "$gte", long.MinValue + 1)]
    [InlineData(long.MinValue, "$gte", 0)]
    public void ToCounterFilter_AnyAmount_KeepsTheSumWithinTheRange(long amount, string comparison, long limit)
    {
        var filter = MetadataPaths.ToCounterFilter("metadata.a", amount);

        var expected = BsonDocument.Parse("{ $or: [{ 'metadata.a': { $exists: false } }, { 'metadata.a': { $type: ['int', 'long'], $not: { $type: 'array' } } }] }");
        expected["$or"][1]["metadata.a"].AsBsonDocument.Add(comparison, limit);
        Assert.Equal(expected, filter);
    }

    [Fact]
    public void ToDocument_Keys_NestAndAreEncoded() =>
        Assert.Equal(
            BsonDocument.Parse("{ 'p': { 'a%24b': 1, 'c': { 'd': null } }, 'q%25': [2] }"),
            MetadataPaths.ToDocument(new Dictionary<string, object?> { ["p.a$b"] = 1, ["q%"] = new[] { 2 }, ["p.c.d"] = null }));

    [Fact]
    public void Read_Keys_AreFoundUnderTheirNamesInTheirOrder()
    {
        var found = MetadataFields.Select(MetadataValues.FromBson(Stored), ["none", "list.1.k", "zz", "a.b.c", "a.b", "a.b.c.d", "list.2", "list.x", "50%", "none.a"]);

        Assert.Equal(["none", "list.1.k", "a.b.c", "a.b", "50%"], found.Keys);
        Assert.Null(found["none"]);
        Assert.Equal(20, found["list.1.k"]);
        Assert.Equal(1, found["a.b.c"]);
        Assert.Equal(1, Assert.IsType<Dictionary<string, object?>>(found["a.b"])["c"]);
        Assert.Equal(3, found["50%"]);
    }
}
