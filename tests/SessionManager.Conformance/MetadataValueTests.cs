using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionManager.Conformance;

/// <summary>
/// Values of metadata: each kind comes back as it is documented, or as the type that is asked for.
/// </summary>
public abstract class MetadataValueTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private static readonly DateTimeOffset Moment = new(2024, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    /// <summary>
    /// Gets values, and what each comes back as.
    /// </summary>
    public static TheoryData<object?, object?> Scalars => new()
    {
        { null, null },
        { "text 😀", "text 😀" },
        { "", "" },
        { true, true },
        { (byte)1, 1 },
        { (short)-2, -2 },
        { 3, 3 },
        { 4u, 4L },
        { 5L, 5L },
        { ulong.MaxValue, 18446744073709551615m },
        { 0.5f, 0.5 },
        { 0.1, 0.1 },
        { 1.10m, 1.10m },
        { Moment, Moment },
        { Moment.ToOffset(TimeSpan.FromHours(5)), Moment },
        { Moment.UtcDateTime, Moment },
        { new Guid("0F8FAD5B-D9CB-469F-A165-70867728950E"), "0f8fad5b-d9cb-469f-a165-70867728950e" },
        { DayOfWeek.Friday, "Friday" },
        { new byte[] { 0, 255 }, new byte[] { 0, 255 } },
    };

    [Theory]
    [MemberData(nameof(Scalars), DisableDiscoveryEnumeration = true)]
    public async Task UpdateMetadataAsync_Scalar_ComesBackAsDocumented(object? value, object? expected)
    {
        var session = await CreateAsync();

        await session.UpdateMetadataAsync(Map(("value", value), ("list", new List<object?> { value }), ("map", Map(("inner", value)))), Cancellation);

        var metadata = await session.GetMetadataAsync(cancellationToken: Cancellation);
        Assert.Equal(expected, metadata!["value"]);
        Assert.Equal(expected, Assert.Single(Assert.IsAssignableFrom<IReadOnlyList<object?>>(metadata["list"])));
        Assert.Equal(expected, Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(metadata["map"])["inner"]);
    }

    [Fact]
    public async Task UpdateMetadataAsync_Decimal_KeepsItsScale()
    {
        var session = await CreateAsync();
        await session.UpdateMetadataAsync(Map(("price", 1.10m)), Cancellation);

        var price = Assert.IsType<decimal>((await session.GetMetadataAsync(cancellationToken: Cancellation))!["price"]);

        Assert.Equal("1.10", price.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task UpdateMetadataAsync_Json_ComesBackAsListsAndMaps()
    {
        const string Json = """{"list": [1, 2.5, "x", null, true, {"a": []}], "big": 3000000000}""";
        var expected = Map(("list", new List<object?> { 1, 2.5, "x", null, true, Map(("a", new List<object?>())) }), ("big", 3_000_000_000L));
        var session = await CreateAsync();

        await session.UpdateMetadataAsync(Map(("element", JsonElement.Parse(Json)), ("node", JsonNode.Parse(Json))), Cancellation);

        Assert.Equivalent(Map(("element", expected), ("node", expected)), await session.GetMetadataAsync(cancellationToken: Cancellation), strict: true);
    }

    [Fact]
    public async Task GetMetadataAsync_Typed_ReadsWhatAnObjectOfTheTypeStored()
    {
        var session = await CreateAsync();
        var order = new Order { Id = 7, Total = 12.50m, PlacedAt = Moment, Tags = ["a", "b"] };
        await session.UpdateMetadataAsync(Map(("order", order), ("customer", "Ada")), Cancellation);

        var read = await session.GetMetadataAsync<Metadata>(cancellationToken: Cancellation);

        Assert.Equal("Ada", read?.Customer);
        Assert.Equivalent(order, read?.Order, strict: true);
    }

    [Fact]
    public async Task GetMetadataAsync_TypeThatDoesNotFit_Throws()
    {
        var session = await CreateAsync();
        await session.UpdateMetadataAsync(Map(("order", "text")), Cancellation);

        await Assert.ThrowsAsync<JsonException>(() => session.GetMetadataAsync<Metadata>(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task GetMetadataAsync_ChangedAfterwards_DoesNotReachWhatIsStored()
    {
        var session = await CreateAsync();
        var (bytes, list) = (new byte[] { 1 }, new List<object?> { "original" });
        await session.UpdateMetadataAsync(Map(("bytes", bytes), ("list", list)), Cancellation);
        (bytes[0], list[0]) = (9, "changed");
        var first = await session.GetMetadataAsync(cancellationToken: Cancellation);
        Assert.IsType<byte[]>(first!["bytes"])[0] = 9;

        var second = await session.GetMetadataAsync(cancellationToken: Cancellation);

        Assert.Equal(new byte[] { 1 }, second!["bytes"]);
        Assert.Equal("original", Assert.Single(Assert.IsAssignableFrom<IReadOnlyList<object?>>(second["list"])));
    }

    private async Task<ISessionManager> CreateAsync()
    {
        var session = Open();
        await session.CreateSessionAsync(Cancellation);
        return session;
    }

    private sealed class Order
    {
        public int Id { get; set; }

        public decimal Total { get; set; }

        public DateTimeOffset PlacedAt { get; set; }

        public List<string> Tags { get; set; } = [];
    }

    private sealed class Metadata
    {
        public string? Customer { get; set; }

        public Order? Order { get; set; }
    }
}
