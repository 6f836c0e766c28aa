using System.Globalization;

namespace SessionManager.Conformance;

/// <summary>
/// Counters among a session's metadata: what is added, by many at the same time too, and what cannot be added to.
/// </summary>
public abstract class CounterTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private const string Canary = "canary";

    /// <summary>
    /// Gets values that are no integers.
    /// </summary>
    public static TheoryData<string> OtherValues => ["null", "text", "digits", "bool", "double", "decimal", "time", "bytes", "list", "numbers", "map"];

    [Fact]
    public async Task IncrementMetadataAsync_FieldThatIsNotThere_CountsFromZero()
    {
        var session = await CreateSessionAsync(Map(("a", "stays")));

        Assert.Equal(1, await session.IncrementMetadataAsync("visits", cancellationToken: Cancellation));
        Assert.Equal(5, await session.IncrementMetadataAsync("visits", 4, Cancellation));
        Assert.Equal(-2, await session.IncrementMetadataAsync("visits", -7, Cancellation));
        Assert.Equal(-2, await session.IncrementMetadataAsync("visits", 0, Cancellation));
        Assert.Equal(0, await session.IncrementMetadataAsync("none", 0, Cancellation));

        await AssertMetadataAsync(Map(("a", "stays"), ("visits", -2L), ("none", 0L)));
    }

    [Fact]
    public async Task IncrementMetadataAsync_DottedKey_LeadsIntoNestedFields()
    {
        var session = await CreateSessionAsync(Map(("pages", Map(("home", 1), ("name", "x")))));

        Assert.Equal(3, await session.IncrementMetadataAsync("pages.home", 2, Cancellation));
        Assert.Equal(1, await session.IncrementMetadataAsync("pages.orders", cancellationToken: Cancellation));
        Assert.Equal(9, await session.IncrementMetadataAsync("tools.get_order.calls", 9, Cancellation));

        await AssertMetadataAsync(Map(
            ("pages", Map(("home", 3L), ("name", "x"), ("orders", 1L))),
            ("tools", Map(("get_order", Map(("calls", 9L)))))));
    }

    [Theory]
    [InlineData("100%")]
    [InlineData("größe 😀")]
    [InlineData("a$b")]
    [InlineData("%2E.x")]
    public async Task IncrementMetadataAsync_UnusualKey_ComesBack(string key)
    {
        var session = await CreateSessionAsync();

        await session.IncrementMetadataAsync(key, cancellationToken: Cancellation);

        Assert.Equal(2, await session.IncrementMetadataAsync(key, cancellationToken: Cancellation));
        Assert.Equal(2L, (await Open().GetMetadataAsync([key], Cancellation))![key]);
    }

    [Fact]
    public async Task IncrementMetadataAsync_IntegersThatWereSet_AreAddedTo()
    {
        var session = await CreateSessionAsync(Map(("int", int.MaxValue), ("long", 1L << 40), ("byte", (byte)7)));

        Assert.Equal(int.MaxValue + 1L, await session.IncrementMetadataAsync("int", cancellationToken: Cancellation));
        Assert.Equal((1L << 40) - 1, await session.IncrementMetadataAsync("long", -1, Cancellation));
        Assert.Equal(8, await session.IncrementMetadataAsync("byte", cancellationToken: Cancellation));
        await session.UpdateMetadataAsync(Map(("byte", 1)), Cancellation);
        Assert.Equal(2, await session.IncrementMetadataAsync("byte", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task IncrementMetadataAsync_ItemOfAnArray_IsAddedTo()
    {
        var session = await CreateSessionAsync(Map(("list", new object[] { 1, "text", Map(("count", 5)) })));

        Assert.Equal(3, await session.IncrementMetadataAsync("list.0", 2, Cancellation));
        Assert.Equal(6, await session.IncrementMetadataAsync("list.2.count", cancellationToken: Cancellation));
        Assert.Equal(1, await session.IncrementMetadataAsync("list.4", cancellationToken: Cancellation));
        await AssertRefusedAsync<ArgumentException>(session, "list.1");
        await AssertRefusedAsync<ArgumentException>(session, "list.1.x");
        await AssertRefusedAsync<ArgumentException>(session, "list.x");

        await AssertMetadataAsync(Map(("list", new List<object?> { 3L, "text", Map(("count", 6L)), null, 1L })));
    }

    [Fact]
    public async Task IncrementMetadataAsync_NumberInAKey_IsTheIndexInAnArrayAndElseAName()
    {
        // A query would also look for such a name in the maps that the array holds.
        var session = await CreateSessionAsync(Map(
            ("texts", new object[] { "text", Map(("0", 5)) }),
            ("numbers", new object[] { long.MaxValue, Map(("0", 5)) }),
            ("map", Map(("0", 5)))));

        await AssertRefusedAsync<ArgumentException>(session, "texts.0");
        await AssertRefusedAsync<OverflowException>(session, "numbers.0");
        Assert.Equal(6, await session.IncrementMetadataAsync("map.0", cancellationToken: Cancellation));
    }

    [Theory]
    [MemberData(nameof(OtherValues))]
    public async Task IncrementMetadataAsync_ValueThatIsNoInteger_NamesTheKeyAndWritesNothing(string kind)
    {
        object? value = kind switch
        {
            "text" => Canary,
            "digits" => "4711",
            "bool" => true,
            "double" => 4711.0,
            "decimal" => 4711m,
            "time" => Now(),
            "bytes" => "canary"u8.ToArray(),
            "list" => new[] { Canary },
            "numbers" => new object[] { 4711, 4712L },
            "map" => Map((Canary, 4711)),
            _ => null,
        };
        var session = await CreateSessionAsync(Map(("nested", Map(("field", value)))));

        var exception = await AssertRefusedAsync<ArgumentException>(session, "nested.field");

        Assert.Equal("key", exception.ParamName);
        Assert.Contains("'nested.field'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("4711", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text.x")]
    [InlineData("none.x.y")]
    [InlineData("number.x")]
    public async Task IncrementMetadataAsync_PathIntoAValueWithoutFields_ThrowsAndWritesNothing(string key)
    {
        var session = await CreateSessionAsync(Map(("text", Canary), ("none", null), ("number", 4711)));

        var exception = await AssertRefusedAsync<ArgumentException>(session, key);

        Assert.DoesNotContain(Canary, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("4711", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IncrementMetadataAsync_KeyWithALineBreak_IsEscapedInTheException()
    {
        var session = await CreateSessionAsync(Map(("a\nb", "text")));

        foreach (var key in (string[])["a\nb", "a\nb.c"])
        {
            var exception = await AssertRefusedAsync<ArgumentException>(session, key);

            Assert.Contains("a\\u000Ab", exception.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("a\nb", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MaxValue - 1, 2)]
    [InlineData(5, long.MaxValue)]
    [InlineData(long.MinValue, -1)]
    [InlineData(-1, long.MinValue)]
    public async Task IncrementMetadataAsync_BeyondTheRangeOfALong_ThrowsAndWritesNothing(long value, long amount)
    {
        var session = await CreateSessionAsync(Map(("a", Map(("b", value)))));

        var exception = await AssertRefusedAsync<OverflowException>(session, "a.b", amount);

        Assert.Contains("'a.b'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value.ToString(CultureInfo.InvariantCulture), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue - 1, 1)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(long.MaxValue, long.MinValue)]
    [InlineData(long.MinValue, 0)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(0L, long.MinValue)]
    [InlineData(null, long.MinValue)]
    [InlineData(null, long.MaxValue)]
    public async Task IncrementMetadataAsync_ToTheEndOfTheRange_IsExact(long? value, long amount)
    {
        var session = await CreateSessionAsync(value is null ? Map() : Map(("a", value)));

        Assert.Equal((value ?? 0) + amount, await session.IncrementMetadataAsync("a", amount, Cancellation));

        await AssertMetadataAsync(Map(("a", (value ?? 0) + amount)));
    }

    [Fact]
    public async Task IncrementMetadataAsync_ManyAtOnce_CountsEach()
    {
        const int Tasks = 20;
        const int Times = 50;
        await CreateSessionAsync();

        var values = await Task.WhenAll(Enumerable.Range(0, Tasks).Select(i => Task.Run(async () =>
        {
            var session = Open();
            var seen = new List<long?>();
            for (var time = 0; time < Times; time++)
            {
                seen.Add(await session.IncrementMetadataAsync("visits.all", cancellationToken: Cancellation));
            }

            return seen;
        })));

        // Each has got a value of its own: what was there when its one had been added.
        Assert.Equal(Enumerable.Range(1, Tasks * Times).Select(value => (long?)value), values.SelectMany(seen => seen).Order());
        await AssertMetadataAsync(Map(("visits", Map(("all", (long)(Tasks * Times))))));
    }

    private async Task<ISessionManager> CreateSessionAsync(Dictionary<string, object?>? metadata = null)
    {
        var session = Open();
        await session.CreateSessionAsync(metadata ?? Map(), Cancellation);
        return session;
    }

    private async Task<T> AssertRefusedAsync<T>(ISessionManager session, string key, long amount = 1)
        where T : Exception
    {
        var before = await GetInfoAsync();
        Wait();

        var exception = await Assert.ThrowsAsync<T>(() => session.IncrementMetadataAsync(key, amount, Cancellation));

        Assert.Equivalent(before, await GetInfoAsync(), strict: true);
        return exception;
    }

    private async Task AssertMetadataAsync(Dictionary<string, object?> expected) =>
        Assert.Equivalent(expected, await Open().GetMetadataAsync(cancellationToken: Cancellation), strict: true);
}
