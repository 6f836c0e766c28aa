using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class JsonValueCodecTests
{
    public static TheoryData<object?, BsonType> Primitives => new()
    {
        { null, BsonType.Null },
        { "", BsonType.String },
        { "nul\0 😀", BsonType.String },
        { true, BsonType.Boolean },
        { int.MaxValue, BsonType.Int32 },
        { 5L, BsonType.Int64 },
        { long.MinValue, BsonType.Int64 },
        { 0.1, BsonType.Double },
        { -0.0, BsonType.Double },
        { 3.0, BsonType.Double },
        { double.NaN, BsonType.Double },
        { double.PositiveInfinity, BsonType.Double },
        { 1.10m, BsonType.Decimal128 },
        { decimal.MaxValue, BsonType.Decimal128 },
    };

    [Theory]
    [MemberData(nameof(Primitives), DisableDiscoveryEnumeration = true)]
    public void ReadValue_Primitive_IsTheSameTypeAndValue(object? value, BsonType type)
    {
        var stored = Write(value);

        Assert.Equal(type, stored["v"].BsonType);
        Assert.Equal(value, Read(stored));
    }

    [Fact]
    public void ReadValue_Decimal_KeepsItsScale()
        => Assert.Equal("1.10", ((decimal)Read(Write(1.10m))!).ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("0", BsonType.Int32)]
    [InlineData("-0", BsonType.Double)]
    [InlineData("-0.0", BsonType.Document)]
    [InlineData("2147483647", BsonType.Int32)]
    [InlineData("-2147483648", BsonType.Int32)]
    [InlineData("2147483648", BsonType.Int64)]
    [InlineData("9223372036854775807", BsonType.Int64)]
    [InlineData("9223372036854775808", BsonType.Decimal128)]
    [InlineData("18446744073709551616", BsonType.Decimal128)]
    [InlineData("0.1", BsonType.Double)]
    [InlineData("1.0", BsonType.Decimal128)]
    [InlineData("1.10", BsonType.Decimal128)]
    [InlineData("1e2", BsonType.Document)]
    [InlineData("5e-324", BsonType.Document)]
    [InlineData("1.7976931348623157e308", BsonType.Document)]
    [InlineData("0.1234567890123456789", BsonType.Decimal128)]
    [InlineData("3.141592653589793238462643383279502", BsonType.Decimal128)]
    [InlineData("1234567890123456789012345678901234", BsonType.Decimal128)]
    [InlineData("1e400", BsonType.Document)]
    [InlineData("-1e-400", BsonType.Document)]
    [InlineData("12345678901234567890123456789012345", BsonType.Document)]
    [InlineData("1e7000", BsonType.Document)]
    [InlineData("1e-7000", BsonType.Document)]
    [InlineData("1.5e-6176", BsonType.Document)]
    [InlineData("1E2", BsonType.Document)]
    [InlineData("1E+2", BsonType.Document)]
    [InlineData("1E+16", BsonType.Document)]
    [InlineData("1E+17", BsonType.Double)]
    [InlineData("1e-7", BsonType.Document)]
    [InlineData("1E-7", BsonType.Document)]
    [InlineData("1E-07", BsonType.Double)]
    [InlineData("0.0000001", BsonType.Decimal128)]
    [InlineData("0.00000010", BsonType.Decimal128)]
    [InlineData("0.10", BsonType.Decimal128)]
    [InlineData("100.00", BsonType.Decimal128)]
    [InlineData("123456789012345678901234567890", BsonType.Decimal128)]
    [InlineData("1E+400", BsonType.Decimal128)]
    [InlineData("1.0E-20", BsonType.Document)]
    [InlineData("0.00000000000000000001", BsonType.Decimal128)]
    public void Case21_JsonNumber_IsTheSameText(string number, BsonType type)
    {
        var stored = Write(JsonElement.Parse(number));
        var inside = Write(JsonElement.Parse($"[{number}]"));

        Assert.Equal(type, stored["v"].BsonType);
        Assert.Equal(type, inside["v"][0].BsonType);
        Assert.Equal(number, JsonSerializer.Serialize(Read(stored)));
        Assert.Equal($"[{number}]", ReadElement(inside).GetRawText());
    }

    [Theory]
    [InlineData("1.10")]
    [InlineData("0.00000000000000000010")]
    [InlineData("0.0000001")]
    [InlineData("100")]
    public void Case21_Decimal_IsTheSameTextInsideAndOutside(string number)
    {
        var value = decimal.Parse(number, CultureInfo.InvariantCulture);

        Assert.Equal(value, Assert.IsType<decimal>(Read(Write(value))));
        Assert.Equal(number, JsonSerializer.Serialize(Read(Write(value))));
        Assert.Equal($"[{number}]", ReadElement(Write(new List<object?> { value })).GetRawText());
    }

    [Fact]
    public void ReadValue_NegativeZero_StaysNegative()
        => Assert.True(double.IsNegative(Assert.IsType<double>(Read(Write(JsonElement.Parse("-0"))))));

    [Theory]
    [InlineData("1e99999999999")]
    [InlineData("1e-99999999999")]
    public void ReadValue_NumberBeyondEveryType_KeepsItsText(string number)
        => Assert.Equal(number, Assert.IsType<JsonElement>(Read(Write(JsonElement.Parse(number)))).GetRawText());

    [Fact]
    public void ReadValue_BigInteger_KeepsItsDigits()
        => Assert.Equal(
            (BigInteger.Pow(10, 40) + 1).ToString(CultureInfo.InvariantCulture),
            Assert.IsType<JsonElement>(Read(Write((BigInteger.Pow(10, 40) + 1)))).GetRawText());

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"$date":"2024-01-01T00:00:00Z"}""")]
    [InlineData("""{"$date":"no date"}""")]
    [InlineData("""{"$oid":"507f1f77bcf86cd799439011"}""")]
    [InlineData("""{"$numberLong":"x"}""")]
    [InlineData("""{"$set":{"a.b":1},"":0,"%":1,"%25":2,"nul\u0000":3,"50%":4}""")]
    [InlineData("""{"%json":"[1]"}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"b":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"a":14}}""")]
    [InlineData("""["\ud800",{"\udc00":1},"é"]""")]
    [InlineData("""[1,2.5,"three",null,true,[[]],{"deep":{"deeper":[{}]}}]""")]
    public void ReadElement_Json_IsTheSameText(string json)
        => Assert.Equal(json, ReadElement(Write(JsonElement.Parse(json))).GetRawText());

    [Fact]
    public void Write_ValueOf64Levels_IsTheSameText()
    {
        foreach (var value in Nest(64))
        {
            Assert.Equal(Brackets(64), ReadElement(Write(value)).GetRawText());
        }
    }

    [Theory]
    [InlineData(65)]
    [InlineData(20_000)]
    public void Write_ValueOfMoreLevels_IsRefusedAtOnce(int depth)
    {
        foreach (var value in Nest(depth))
        {
            var watch = Stopwatch.StartNew();

            var exception = Assert.Throws<ArgumentException>(() => Write(value));

            Assert.Matches(@"^The value at v.* is (of type .*|)nested more than 64 levels deep, or contains itself\.", exception.Message);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void ReadElement_TextOfAnotherVersion_IsJsonUpTo256Levels()
    {
        Assert.Equal(Brackets(200), ReadElement(Raw(new BsonDocument("%json", Brackets(200)))).GetRawText());
        Assert.Equal(JsonValueKind.Object, ReadElement(Raw(new BsonDocument("%json", Brackets(257)))).ValueKind);
    }

    [Fact]
    public void ReadElement_TextOf40000Levels_StaysATextAtOnce()
    {
        var stored = Raw(new BsonDocument("%json", Brackets(40_000)));
        var watch = Stopwatch.StartNew();

        var element = ReadElement(stored);

        Assert.Equal(Brackets(40_000), element.GetProperty("%json").GetString());
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void ReadElement_DocumentsDeeperThanAServerTakes_AreRefused()
    {
        // The driver writes 100 levels, as many as a server takes.
        using var stream = new MemoryStream();
        using var writer = new BsonBinaryWriter(stream, new BsonBinaryWriterSettings { MaxSerializationDepth = int.MaxValue });
        writer.WriteStartDocument();
        writer.WriteName("v");
        for (var i = 0; i < 300; i++)
        {
            writer.WriteStartArray();
        }

        for (var i = 0; i < 300; i++)
        {
            writer.WriteEndArray();
        }

        writer.WriteEndDocument();

        Assert.Throws<FormatException>(() => ReadElement(new RawBsonDocument(stream.ToArray())));
    }

    private static RawBsonDocument Raw(BsonValue value) => new(new BsonDocument("v", value).ToBson());

    private static string Brackets(int depth) => new string('[', depth) + new string(']', depth);

    // The same in each of the ways in which JSON comes.
    private static IEnumerable<object> Nest(int depth)
    {
        yield return JsonElement.Parse(Brackets(depth), new JsonDocumentOptions { MaxDepth = depth });
        var list = new List<object?>();
        var node = new JsonArray();
        for (var i = 1; i < depth; i++)
        {
            list = [list];
            node = [node];
        }

        yield return list;
        yield return node;
        // By the serializer, which has a stack.
        var array = new ArrayList();
        for (var i = 1; i < Math.Min(depth, 300); i++)
        {
            array = [array];
        }

        yield return array;
    }

    [Theory]
    [InlineData("\"two\"")]
    [InlineData("{\"a\":1}")]
    [InlineData("[1,{\"b\":null}]")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public void ReadNode_JsonNode_IsTheSameText(string json)
    {
        var stored = Write(JsonNode.Parse(json));

        Assert.Equal(json, Read(stored, JsonValueCodec.ReadNode)!.ToJsonString());
    }

    [Fact]
    public void ReadValue_OtherShapes_AreTheirJson()
    {
        object value = new Dictionary<string, object?>
        {
            ["poco"] = new { Name = "x", When = DateOnly.MinValue },
            ["list"] = new List<object?> { 1, "b", null },
            ["array"] = new[] { 1, 2 },
            ["node"] = new JsonObject { ["n"] = 1.5m, ["day"] = JsonValue.Create(DayOfWeek.Friday) },
            ["bytes"] = new byte[] { 1 },
        };

        Assert.Equal(
            """{"poco":{"name":"x","when":"0001-01-01"},"list":[1,"b",null],"array":[1,2],"node":{"n":1.5,"day":"Friday"},"bytes":"AQ=="}""",
            ReadElement(Write(value)).GetRawText());
    }

    [Fact]
    public void ReadValue_LoneSurrogate_IsTheSameString()
    {
        var stored = Write("a\ud800\"\\\n😀");

        Assert.Equal("\"a\\uD800\\u0022\\u005C\\u000A😀\"", stored["v"]["%json"].AsString);
        Assert.Equal("a\ud800\"\\\n😀", Read(stored));
    }

    [Fact]
    public void ReadValue_EscapedLoneSurrogate_IsTheString()
        => Assert.Equal("\ud800\n/", Read(Write(JsonElement.Parse("\"\\ud800\\n\\/\""))));

    [Fact]
    public void ReadElement_LoneSurrogateInNestedMap_IsEscaped()
        => Assert.Equal(
            """{"a":{"\uDC00":1,"b":"\uD800"}}""",
            ReadElement(Write(new Dictionary<string, object?>
            {
                ["a"] = new Dictionary<string, object?> { ["\udc00"] = 1, ["b"] = "\ud800" },
            })).GetRawText());

    private static RawBsonDocument Write(object? value)
    {
        using var stream = new MemoryStream();
        using var writer = new BsonBinaryWriter(stream);
        writer.WriteStartDocument();
        writer.WriteName("v");
        new JsonValueCodec().Write(writer, value, "v");
        writer.WriteEndDocument();
        return new RawBsonDocument(stream.ToArray());
    }

    private static T Read<T>(RawBsonDocument stored, Func<IBsonReader, T> read)
    {
        using var stream = new ByteBufferStream(stored.Slice);
        using var reader = new BsonBinaryReader(stream);
        reader.ReadStartDocument();
        reader.ReadBsonType();
        reader.ReadName();
        return read(reader);
    }

    private static object? Read(RawBsonDocument stored) => Read(stored, JsonValueCodec.ReadValue);

    private static JsonElement ReadElement(RawBsonDocument stored) => Read(stored, JsonValueCodec.ReadElement);
}
