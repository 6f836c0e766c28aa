using System.Text;
using System.Text.Json;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Files;

public sealed class ExtendedJsonTests
{
    public static TheoryData<string> Documents =>
    [
        """{"a":{"$numberInt":"-2147483648"},"b":{"$numberLong":"9223372036854775807"}}""",
        """{"a":[{"$numberDouble":"0.1"},{"$numberDouble":"-0"},{"$numberDouble":"1"},{"$numberDouble":"NaN"},{"$numberDouble":"-Infinity"},{"$numberDouble":"5E-324"}]}""",
        """{"a":[{"$numberDecimal":"1.10"},{"$numberDecimal":"1E+3"},{"$numberDecimal":"-0"},{"$numberDecimal":"NaN"},{"$numberDecimal":"Infinity"}]}""",
        """{"a":{"$date":{"$numberLong":"-62135596800001"}},"b":{"$oid":"507f1f77bcf86cd799439011"}}""",
        """{"a":{"$binary":{"base64":"AP8=","subType":"80"}},"b":{"$binary":{"base64":"","subType":"00"}}}""",
        """{"a":{"$regularExpression":{"pattern":"^a\"","options":"im"}},"b":{"$timestamp":{"t":4294967295,"i":1}}}""",
        """{"a":{"$code":"f()"},"b":{"$code":"f()","$scope":{"x":{"$numberInt":"1"}}},"c":{"$symbol":"s"}}""",
        """{"a":[{"$undefined":true},{"$minKey":1},{"$maxKey":1},null,true,false,"",[],{}]}""",
        """{"$$oid":"507f1f77bcf86cd799439011","$$":"","$$$$a":{"$$date":"x"},"a.b":"","":"","_id":"x"}""",
        """{"a":"1","a":{"$numberInt":"2"}}""",
        """{"a":"\u0000 \u001b \uD83D\uDE00 é \u2028"}""",
    ];

    [Theory]
    [MemberData(nameof(Documents), DisableDiscoveryEnumeration = true)]
    public void Read_AnyType_IsWrittenTheSame(string json)
    {
        var document = Read(json);

        var written = Write(document);

        Assert.Equal(document.ToBson(), Read(written).ToBson());
        Assert.Equal(written, Write(Read(written)));
        if (!json.Contains('\\', StringComparison.Ordinal))
        {
            Assert.Equal(json, written);
        }
    }

    [Theory]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"$oid":"507f1f77bcf86cd799439011"}""")]
    [InlineData("""{"a":{"$numberInt":"2147483648"}}""")]
    [InlineData("""{"a":{"$numberInt":" 1"}}""")]
    [InlineData("""{"a":{"$numberInt":1}}""")]
    [InlineData("""{"a":{"$numberInt":"1","b":"1"}}""")]
    [InlineData("""{"a":{"b":"1","$numberInt":"1"}}""")]
    [InlineData("""{"a":{"$numberDecimal":"x"}}""")]
    [InlineData("""{"a":{"$date":"2024-01-01T00:00:00Z"}}""")]
    [InlineData("""{"a":{"$date":{"$numberInt":"1"}}}""")]
    [InlineData("""{"a":{"$oid":"x"}}""")]
    [InlineData("""{"a":{"$binary":{"base64":"AA==","subType":"04"}}}""")]
    [InlineData("""{"a":{"$binary":{"subType":"00","base64":"AA=="}}}""")]
    [InlineData("""{"a":{"$binary":{"base64":"AA==","subType":"00","x":1}}}""")]
    [InlineData("""{"a":{"$timestamp":{"t":-1,"i":1}}}""")]
    [InlineData("""{"a":{"$minKey":2}}""")]
    [InlineData("""{"a":{"$undefined":false}}""")]
    [InlineData("""{"a":{"$code":"f","$scope":"x"}}""")]
    [InlineData("""{"a":{"$dbPointer":{}}}""")]
    [InlineData("""{"a":{"$":1}}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":"a"}""")]
    [InlineData("""{"a\u0000":"a"}""")]
    [InlineData("[]")]
    public void Read_NotOfItsType_Throws(string json)
    {
        var exception = Assert.ThrowsAny<FormatException>(() => Read(json));

        Assert.DoesNotContain("2147483648", exception.Message, StringComparison.Ordinal);
    }

    private static BsonDocument Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return ExtendedJsonReader.ReadDocument(ref reader);
    }

    private static string Write(BsonDocument document)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            ExtendedJsonWriter.Write(writer, document);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
