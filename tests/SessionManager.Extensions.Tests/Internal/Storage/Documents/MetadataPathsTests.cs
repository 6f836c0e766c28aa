using MongoDB.Bson;

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
    public void Create_ValidKey_IsItsPath(string key, string path) => Assert.Equal([path], MetadataPaths.Create([key], "keys"));

    [Theory]
    [InlineData(null, "The metadata key '' is empty.")]
    [InlineData("", "The metadata key '' is empty.")]
    [InlineData("  ", "The metadata key '  ' is empty.")]
    [InlineData(".", "The metadata key '.' has an empty segment.")]
    [InlineData("a.", "The metadata key 'a.' has an empty segment.")]
    [InlineData(".a", "The metadata key '.a' has an empty segment.")]
    [InlineData("a..b", "The metadata key 'a..b' has an empty segment.")]
    [InlineData("$set", "The metadata key '$set' has a segment that starts with '$'.")]
    [InlineData("a.$b", "The metadata key 'a.$b' has a segment that starts with '$'.")]
    [InlineData("a\0", "The metadata key 'a\0' contains NUL.")]
    public void Create_InvalidKey_NamesKeyAndFault(string? key, string message) => AssertFault([key!], message);

    [Fact]
    public void Create_LoneSurrogate_NamesKeyAndFault() =>
        AssertFault(["a\ud800"], "The metadata key 'a\ufffd' contains half of a surrogate pair.");

    [Fact]
    public void Create_DeepKey_IsRefusedPast32Segments()
    {
        var deepest = string.Join('.', Enumerable.Repeat("a", 32));

        Assert.Single(MetadataPaths.Create([deepest], "keys"));
        AssertFault([$"{deepest}.a"], $"The metadata key '{deepest}.a' has more than 32 segments.");
    }

    [Theory]
    [InlineData("p", "p.q", "The metadata key 'p.q' lies within 'p', which is given too.")]
    [InlineData("p.q.r.s", "p.q", "The metadata key 'p.q.r.s' lies within 'p.q', which is given too.")]
    [InlineData("p", "p", "The metadata key 'p' is given twice.")]
    public void Create_OverlappingKeys_AreRefused(string first, string second, string message)
    {
        AssertFault([first, "p-q", second], message);
    }

    [Fact]
    public void Create_SiblingKeys_KeepTheirOrder() =>
        Assert.Equal(["metadata.pq", "metadata.p.b", "metadata.p.a"], MetadataPaths.Create(["pq", "p.b", "p.a"], "keys"));

    [Fact]
    public void CreateProjection_OverlappingKeys_AreAskedForOnce() =>
        Assert.Equal(["metadata.p", "metadata.q.a"], MetadataPaths.CreateProjection(["p.q", "p", "p", "q.a", "p.r.s"], "keys"));

    [Fact]
    public void CreateProjection_ArrayIndex_AsksForTheArray() =>
        Assert.Equal(["metadata.list", "metadata.0"], MetadataPaths.CreateProjection(["list.0", "list.1.k", "0"], "keys"));

    [Fact]
    public void CreateProjection_InvalidKey_IsRefused() =>
        Assert.Throws<ArgumentException>("query", () => MetadataPaths.CreateProjection(["a..b"], "query"));

    [Fact]
    public void Read_Keys_AreFoundUnderTheirNamesInTheirOrder()
    {
        var found = MetadataPaths.Read(Stored, ["none", "list.1.k", "zz", "a.b.c", "a.b", "a.b.c.d", "list.2", "list.x", "50%", "none.a"]);

        Assert.Equal(["none", "list.1.k", "a.b.c", "a.b", "50%"], found.Keys);
        Assert.Null(found["none"]);
        Assert.Equal(20, found["list.1.k"]);
        Assert.Equal(1, found["a.b.c"]);
        Assert.Equal(1, Assert.IsType<Dictionary<string, object?>>(found["a.b"])["c"]);
        Assert.Equal(3, found["50%"]);
    }

    private static void AssertFault(string[] keys, string message)
    {
        var exception = Assert.Throws<ArgumentException>(nameof(keys), () => MetadataPaths.Create(keys, nameof(keys)));

        Assert.Equal($"{message} (Parameter 'keys')", exception.Message);
    }
}
