using System.Text.Json;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Shared;

public sealed class TypedMetadataTests
{
    public sealed record Customer(string Name, Tier Tier, DateTimeOffset Since, DateTime SeenAt, decimal Credit, byte[] Picture, Address? Address, double? Score)
    {
        public IReadOnlyList<string> Tags { get; init; } = [];

        public Dictionary<string, int> Counts { get; init; } = [];

        public DateOnly? Birthday { get; init; }

        public TimeSpan Wait { get; init; }

        public TimeOnly CallAt { get; init; }

        public Guid Key { get; init; }

        public Uri? Site { get; init; }

        public ulong Big { get; init; }

        public char Grade { get; init; }

        public Version? Version { get; init; }
    }

    public sealed record Address(string City);

    public enum Tier
    {
        Free,
        Gold,
    }

    [Fact]
    public void Read_StoredObject_IsTheObject()
    {
        var customer = new Customer(
            "Ann",
            Tier.Gold,
            new DateTimeOffset(2024, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            new DateTime(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            12345678901234567890.123456789m,
            [1, 2],
            new Address("Oslo"),
            double.NaN)
        {
            Tags = ["a", "b"],
            Counts = { ["x.y"] = 1 },
            Birthday = new DateOnly(2000, 2, 29),
            Wait = TimeSpan.FromSeconds(1.5),
            CallAt = new TimeOnly(9, 30),
            Key = new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"),
            Site = new Uri("https://example.org/"),
            Big = ulong.MaxValue,
            Grade = 'A',
            Version = new Version(1, 2),
        };
        var metadata = MetadataValues.FromBson(MetadataValues.ToBson(customer, "metadata").AsBsonDocument);

        var read = TypedMetadata.Read<Customer>(metadata, null);

        Assert.NotNull(read);
        Assert.Equivalent(customer, read, strict: true);
        Assert.Equal(DateTimeKind.Utc, read.SeenAt.Kind);
        Assert.Equal(customer.Credit, read.Credit);
    }

    [Fact]
    public void Read_OwnOptions_AreUsed()
    {
        var metadata = new Dictionary<string, object?> { ["first_name"] = "Ann", ["more"] = new List<object?> { 1, null } };

        var read = TypedMetadata.Read<Dictionary<string, JsonElement>>(metadata, JsonSerializerOptions.Default)!;

        Assert.Equal("Ann", read["first_name"].GetString());
        Assert.Equal("[1,null]", read["more"].GetRawText());
    }

    [Fact]
    public void Read_ValuesOfAHook_AreSerialized()
    {
        var metadata = new Dictionary<string, object?> { ["city"] = 'X' };

        Assert.Equal(new Address("X"), TypedMetadata.Read<Address>(metadata, null));
    }

    [Fact]
    public void Read_NoSession_IsTheDefault()
    {
        Assert.Null(TypedMetadata.Read<Customer>(null, null));
        Assert.Equal(0, TypedMetadata.Read<int>(null, null));
    }

    [Fact]
    public void ToJson_EveryKind_IsJson()
    {
        var metadata = new Dictionary<string, object?>
        {
            ["text"] = "a\"\\\n\0é😀'",
            ["é"] = true,
            ["half \ud800"] = null,
            ["int"] = -5,
            ["long"] = 1L << 40,
            ["decimal"] = 1.10m,
            ["double"] = 0.1,
            ["specials"] = new List<object?> { double.NaN, double.PositiveInfinity, double.NegativeInfinity },
            ["time"] = new DateTimeOffset(2024, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(1)),
            ["bytes"] = new byte[] { 0, 255 },
            ["map"] = new Dictionary<string, object?> { ["x.y"] = new List<object?> { 1, new List<object?>(), new Dictionary<string, object?>() } },
            ["from a hook"] = DayOfWeek.Friday,
        };

        var json = TypedMetadata.ToJson(metadata);

        Assert.Equal(
            """{"text":"a\"\\\n\u0000é\uD83D\uDE00'","é":true,"half \uFFFD":null,"int":-5,"long":1099511627776,"decimal":1.10,"double":0.1,"specials":["NaN","Infinity","-Infinity"],"time":"2024-01-02T02:04:05.678Z","bytes":"AP8=","map":{"x.y":[1,[],{}]},"from a hook":"Friday"}""",
            json);
        Assert.Equal(metadata.Count, JsonElement.Parse(json).EnumerateObject().Count());
    }

    [Fact]
    public void Read_OtherShape_ThrowsWithoutTheValue()
    {
        var metadata = new Dictionary<string, object?> { ["city"] = new List<object?> { "canary" } };

        var exception = Assert.Throws<JsonException>(() => TypedMetadata.Read<Address>(metadata, null));

        Assert.DoesNotContain("canary", exception.ToString(), StringComparison.Ordinal);
    }
}
