using System.Text.Json;
using System.Text.Json.Nodes;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class MetadataValuesJsonTests
{
    [Theory]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("\"a\\u00e9\\/\\n\"", "'aé/\\n'")]
    [InlineData("5", "5")]
    [InlineData("-2147483649", "{'$numberLong':'-2147483649'}")]
    [InlineData("9223372036854775808", "{'$numberDecimal':'9223372036854775808'}")]
    [InlineData("1.0", "1.0")]
    [InlineData("0.1", "0.1")]
    [InlineData("-0", "-0.0")]
    [InlineData("0.1234567890123456789", "{'$numberDecimal':'0.1234567890123456789'}")]
    [InlineData("1e400", "{'$numberDecimal':'1E+400'}")]
    [InlineData("12345678901234567890123456789012345", "1.2345678901234568E+34")]
    [InlineData("1e-7000", "0.0")]
    [InlineData("""[1,[],{"a":[{}]}]""", "[1,[],{'a':[{}]}]")]
    [InlineData("""{"a.b":1,"$c":2,"":3}""", "{'a%2Eb':1,'%24c':2,'%':3}")]
    [InlineData("""{"a":1,"a":2}""", "{'a':2}")]
    public void ToBson_Json_IsTheCorrespondingBson(string json, string bson)
    {
        var expected = BsonDocument.Parse($"{{'v':{bson}}}")["v"];

        using var document = JsonDocument.Parse(json);
        Assert.Equal(expected, MetadataValues.ToBson(document, "metadata"));
        Assert.Equal(expected, MetadataValues.ToBson(document.RootElement, "metadata"));
        Assert.Equal(expected, MetadataValues.ToBson(JsonNode.Parse(json), "metadata"));
    }

    [Fact]
    public void ToBson_NodeOfDotNetValues_KeepsTheirTypes()
    {
        var node = new JsonObject
        {
            ["at"] = DateTimeOffset.UnixEpoch,
            ["price"] = 1.50m,
            ["long"] = 5L,
            ["day"] = JsonValue.Create(DayOfWeek.Friday),
            ["list"] = new JsonArray(1, "b", null),
        };

        Assert.Equal(
            """{ "at" : { "$date" : "1970-01-01T00:00:00Z" }, "price" : { "$numberDecimal" : "1.50" }, "long" : 5, "day" : "Friday", "list" : [1, "b", null] }""",
            MetadataValues.ToBson(node, "metadata").ToJson(new() { OutputMode = MongoDB.Bson.IO.JsonOutputMode.RelaxedExtendedJson }));
    }
}
