using System.Text.Json;
using System.Text.Json.Nodes;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class JsonObjectTests
{
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 1000 };

    [Fact]
    public void Write_JsonObject_EscapesKeysAtEveryLevel()
    {
        var state = new JsonObject { ["a.b"] = 1, ["nested"] = new JsonArray(new JsonObject { ["$set"] = true }) };

        Assert.Equal("""{ "a%2Eb" : 1, "nested" : [{ "%24set" : true }] }""", Write(state).ToJson());
    }

    [Fact]
    public void ReadObject_WrittenObject_IsTheSame()
    {
        var state = JsonNode.Parse("""{"count":1,"big":12345678901,"ratio":0.5,"tags":["x",null],"":{"$date":1},"a.b":{}}""")!.AsObject();

        Assert.True(JsonNode.DeepEquals(state, Read(Write(state))));
    }

    [Fact]
    public void ReadObject_NumberOfAnyType_ConvertsToTheTypeAskedFor()
    {
        var state = Read(new BsonDocument { { "a", 3 }, { "b", 3L }, { "c", 3.0 } });

        Assert.Equal([3L, 3L, 3L], state.Select(entry => entry.Value!.GetValue<long>()));
    }

    public static TheoryData<BsonValue, string> ForeignValues => new()
    {
        { new BsonDateTime(new DateTime(2024, 2, 29, 10, 0, 0, 123, DateTimeKind.Utc)), "\"2024-02-29T10:00:00.123Z\"" },
        { new BsonDateTime(long.MaxValue), "9223372036854775807" },
        { new BsonObjectId(ObjectId.Parse("507f1f77bcf86cd799439011")), "\"507f1f77bcf86cd799439011\"" },
        { new BsonDecimal128(Decimal128.Parse("1E+400")), "1E+400" },
        { new BsonDecimal128(Decimal128.Parse("NaN")), "\"NaN\"" },
        { new BsonDouble(double.NegativeInfinity), "\"-Infinity\"" },
        { new BsonBinaryData(new byte[] { 1, 2 }), "\"AQI=\"" },
        { new BsonBinaryData(new Guid("00112233-4455-6677-8899-aabbccddeeff"), GuidRepresentation.Standard), "\"00112233-4455-6677-8899-aabbccddeeff\"" },
        { new BsonRegularExpression("a.c", "i"), "\"/a.c/i\"" },
        { new BsonTimestamp(1, 2), "4294967298" },
        { BsonUndefined.Value, "null" },
        { BsonMinKey.Value, "\"MinKey\"" },
        { BsonMaxKey.Value, "\"MaxKey\"" },
        { new BsonJavaScript("f()"), "\"f()\"" },
        { new BsonJavaScriptWithScope("f()", new BsonDocument("x", 1)), """{"code":"f()","scope":{"x":1}}""" },
        { BsonSymbol.Create("s"), "\"s\"" },
        { new BsonDocument("50%", "%41"), """{"50%":"%41"}""" },
        { new BsonDocument("%json", "no json"), """{"%json":"no json"}""" },
        { new BsonDocument("%json", 5), """{"%json":5}""" },
    };

    [Theory]
    [MemberData(nameof(ForeignValues), DisableDiscoveryEnumeration = true)]
    public void ReadObject_ValueOfAnotherWriter_IsSensibleJson(BsonValue value, string expected)
        => Assert.Equal($$"""{"v":{{expected}},"after":true}""", Read(new BsonDocument { { "v", value }, { "after", true } }).ToJsonString());

    [Fact]
    public void ReadObject_DeepObject_IsTheSame()
    {
        var state = new JsonObject { ["end"] = "x" };
        for (var i = 0; i < 31; i++)
        {
            state = new JsonObject { ["a"] = new JsonArray(state) };
        }

        Assert.Equal(state.ToJsonString(Deep), Read(Write(state)).ToJsonString(Deep));
    }

    [Fact]
    public void ReadObject_NotADocument_Throws()
    {
        using var reader = new BsonDocumentReader(new BsonDocument("v", 1));
        reader.ReadStartDocument();
        reader.ReadBsonType();
        reader.ReadName();

        Assert.Equal("Expected a stored object, found Int32.", Assert.Throws<FormatException>(() => JsonValueCodec.ReadObject(reader)).Message);
    }

    [Fact]
    public void Write_ValueWithoutJson_NamesPlaceAndType()
    {
        var state = new JsonObject { ["a"] = new JsonArray(1, JsonValue.Create((object)new Action(() => { }))) };

        var error = Assert.Throws<ArgumentException>(() => Write(state));

        Assert.StartsWith("The value at state['a'][1] is of type System.Action,", error.Message, StringComparison.Ordinal);
    }

    private static BsonDocument Write(JsonObject state)
    {
        var document = new BsonDocument();
        using var writer = new BsonDocumentWriter(document);
        new JsonValueCodec(JsonSerializerOptions.Web).Write(writer, state, "state");
        return document;
    }

    private static JsonObject Read(BsonDocument document)
    {
        using var stream = new MemoryStream(document.ToBson());
        using var reader = new BsonBinaryReader(stream);
        return JsonValueCodec.ReadObject(reader);
    }
}
