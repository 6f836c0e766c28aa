using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class MetadataValuesReadingTests
{
    public static TheoryData<string, object?> Foreign => new()
    {
        { "{'$numberDecimal':'1E+400'}", "1E+400" },
        { "{'$numberDecimal':'1234567890123456789012345678901234'}", "1234567890123456789012345678901234" },
        { "{'$numberDecimal':'1E-100'}", "1E-100" },
        { "{'$numberDecimal':'NaN'}", double.NaN },
        { "{'$numberDecimal':'-Infinity'}", double.NegativeInfinity },
        { "{'$date':{'$numberLong':'9223372036854775807'}}", long.MaxValue },
        { "{'$date':{'$numberLong':'-9223372036854775808'}}", long.MinValue },
        { "{'$oid':'507f1f77bcf86cd799439011'}", "507f1f77bcf86cd799439011" },
        { "{'$binary':{'base64':'AAECAwQFBgcICQoLDA0ODw==','subType':'04'}}", "00010203-0405-0607-0809-0a0b0c0d0e0f" },
        { "{'$binary':{'base64':'AAECAwQFBgcICQoLDA0ODw==','subType':'03'}}", new byte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } },
        { "{'$binary':{'base64':'AQ==','subType':'80'}}", new byte[] { 1 } },
        { "{'$regularExpression':{'pattern':'a','options':'i'}}", "/a/i" },
        { "{'$code':'f()'}", "f()" },
        { "{'$symbol':'s'}", "s" },
        { "{'$timestamp':{'t':1,'i':2}}", 4294967298L },
        { "{'$undefined':true}", null },
        { "{'$minKey':1}", "BsonMinKey" },
        { "{'$maxKey':1}", "BsonMaxKey" },
    };

    [Theory]
    [MemberData(nameof(Foreign), DisableDiscoveryEnumeration = true)]
    public void FromBson_TypeThatIsNeverWritten_IsSomethingSensible(string json, object? expected) =>
        Assert.Equal(expected, MetadataValues.FromBson(BsonDocument.Parse($"{{'v':{json}}}")["v"]));

    [Fact]
    public void FromBson_CodeWithScope_IsAMap()
    {
        var map = Assert.IsType<IReadOnlyDictionary<string, object?>>(
            MetadataValues.FromBson(new BsonJavaScriptWithScope("f()", new BsonDocument("x", 1))),
            exactMatch: false);

        Assert.Equal("f()", map["code"]);
        Assert.Equal(1, Assert.IsType<Dictionary<string, object?>>(map["scope"])["x"]);
    }

    [Fact]
    public void FromBson_Document_IsReadOnlyMapsAndLists()
    {
        var map = MetadataValues.FromBson(BsonDocument.Parse("{'b%2Ec':{'50%':[1,[2]]},'a':null}"));

        Assert.Equal(["b.c", "a"], map.Keys);
        var inner = Assert.IsType<IReadOnlyDictionary<string, object?>>(map["b.c"], exactMatch: false);
        var list = Assert.IsType<IReadOnlyList<object?>>(inner["50%"], exactMatch: false);
        Assert.Equal(1, list[0]);
        Assert.Equal([2], Assert.IsType<IReadOnlyList<object?>>(list[1], exactMatch: false));
    }
}
