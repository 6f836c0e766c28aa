using System.Text;
using MongoDB.Bson;
using SessionManager.TestServer.Gateway;

namespace SessionManager.TestServer.Tests.Gateway;

public sealed class BsonElementsTests
{
    private static readonly BsonDocument EveryType = new()
    {
        { "double", 1.5 },
        { "string", "text" },
        { "document", new BsonDocument("a", 1) },
        { "array", new BsonArray { 1, "two" } },
        { "binary", new BsonBinaryData([1, 2, 3]) },
        { "undefined", BsonUndefined.Value },
        { "objectId", ObjectId.Empty },
        { "boolean", true },
        { "date", new BsonDateTime(1) },
        { "null", BsonNull.Value },
        { "regex", new BsonRegularExpression("a.*b", "i") },
        { "javascript", new BsonJavaScript("f()") },
        { "symbol", (BsonSymbol)"s" },
        { "scoped", new BsonJavaScriptWithScope("f()", new BsonDocument("x", 1)) },
        { "int32", 1 },
        { "timestamp", new BsonTimestamp(1) },
        { "int64", 1L },
        { "decimal", new Decimal128(1.5m) },
        { "min", BsonMinKey.Value },
        { "max", BsonMaxKey.Value },
    };

    [Fact]
    public void MoveNext_OverEveryType_CoversTheWholeDocument()
    {
        var bytes = EveryType.ToBson();
        var names = new List<string>();
        var covered = 0;

        var elements = new BsonElements(bytes);
        while (elements.MoveNext())
        {
            names.Add(Encoding.UTF8.GetString(elements.Name));
            covered += elements.Element.Length;
        }

        Assert.Equal(EveryType.Names, names);
        Assert.Equal(bytes.Length - sizeof(int) - 1, covered);
    }

    [Fact]
    public void MoveNext_OverAnyDamage_EitherWalksOrRefuses()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = EveryType.ToBson();
            bytes[random.Next(sizeof(int), bytes.Length - 1)] = (byte)random.Next(256);

            Exception? failure = Record.Exception(() =>
            {
                var elements = new BsonElements(bytes);
                while (elements.MoveNext())
                {
                }
            });

            Assert.True(failure is null or WireProtocolException, $"{failure}");
        }
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 5, 0, 0 })]
    [InlineData(new byte[] { 6, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 4, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 0 })]
    [InlineData(new byte[] { 5, 0, 0, 0, 1 })]
    public void Constructor_WithWrongLength_Refuses(byte[] bytes) =>
        Assert.Throws<WireProtocolException>(() =>
        {
            _ = new BsonElements(bytes);
        });
}
