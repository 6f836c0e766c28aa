using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Messages;

namespace SessionManager.IntegrationTests.Messages;

public sealed class ContentRoundTripTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly byte[] FiveMegabytes = [.. Enumerable.Range(0, 5_000_000).Select(i => (byte)(i * 31))];

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, ChatMessage> NastyMessages => new()
    {
        { "keys that are no field names", Call(Map("", "a.b", ".", "$set", "$", "nul\0nul", "\0", "%", "%2E", "half \ud800", "_id", "emoji 😀")) },
        { "keys that are no field names, nested", Call(Keyed("deep", new Dictionary<string, object?> { ["list"] = new List<object?> { Map("$date", "", "a.b.c", "x\0") } })) },
        { "extended JSON as JSON", Call(Keyed("value", JsonElement.Parse("""{"$date":"2024-01-01T00:00:00Z","$oid":"507f1f77bcf86cd799439011"}"""))) },
        { "extended JSON as a key", Call(Keyed("$date", "2024-01-01T00:00:00Z")) },
        { "extended JSON as nodes", Call(Keyed("value", JsonNode.Parse("""{"$numberLong":"1","$ref":"x","$id":1}"""))) },
        { "a key twice", Call(Keyed("value", JsonElement.Parse("""{"a":1,"a":{"a":2,"a":3}}"""))) },
        { "lone surrogates", new ChatMessage(ChatRole.User, "a\ud800b \udc00") { AuthorName = "\udfff", MessageId = "\ud83d" } },
        { "NUL in every text", new ChatMessage(new ChatRole("ro\0le"), [new TextContent("\0"), new ErrorContent("\0a") { ErrorCode = "\0" }]) { AuthorName = "a\0" } },
        { "integers at the edges", Call(List(int.MinValue, int.MaxValue, long.MinValue, long.MaxValue, 0L, -1, ulong.MaxValue)) },
        { "reals at the edges", Call(List(double.MaxValue, double.MinValue, double.Epsilon, -0.0, double.NaN, double.PositiveInfinity, 0.1, 1e300)) },
        { "decimals at the edges", Call(List(decimal.MaxValue, decimal.MinValue, 1.10m, -0.0m, 0.0000000000000000000000000001m)) },
        { "numbers that only JSON can hold", Call(Keyed("value", JsonElement.Parse("[1e400,-1e-400,-0,1.10,18446744073709551616,0.1234567890123456789012345678901234567]"))) },
        { "the deepest nesting", Call(Keyed("value", Nest(32))) },
        { "five megabytes", new ChatMessage(ChatRole.User, [new DataContent(FiveMegabytes, "image/png") { Name = "large.png" }]) },
        { "five megabytes of an unknown format", new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c", new DataContent(FiveMegabytes, "application/x-unknown"))]) },
        { "no contents", new ChatMessage(ChatRole.System, []) },
        { "an empty text", new ChatMessage(ChatRole.User, "") },
        { "a text that is JSON", new ChatMessage(ChatRole.User, """{"%json":"[1]","$where":"1"}""") },
        { "years that few clocks know", new ChatMessage(ChatRole.User, "a") { CreatedAt = DateTimeOffset.MaxValue } },
    };

    [Fact]
    public async Task InitializeAsync_GeneratedMessages_ComeBackEqual()
    {
        var (seed, messages) = Generate(300);
        var agent = Agents.Support();
        messages.ForEach(agent.Messages.Add);

        await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        await AssertStoredAsync(messages, $"seed {seed}");
    }

    [Fact]
    public async Task AppendMessageAsync_GeneratedMessages_ComeBackEqual()
    {
        var (seed, messages) = Generate(150);
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);

        foreach (var message in messages)
        {
            await session.AppendMessageAsync(message, agent, Cancellation);
        }

        await AssertStoredAsync(messages, $"seed {seed}");
    }

    [Theory]
    [MemberData(nameof(NastyMessages), DisableDiscoveryEnumeration = true)]
    public async Task AppendMessageAsync_NastyMessage_ComesBackEqual(string name, ChatMessage message)
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);

        await session.AppendMessageAsync(message, agent, Cancellation);

        await AssertStoredAsync([message], name);
    }

    [Fact]
    public async Task AppendMessageAsync_LoneSurrogateInJson_KeepsTheTextOfTheJson()
    {
        // No .NET string can be made of it, so it can only be compared as text.
        const string Json = """["\ud800",{"\udc00":"\ud83d\ude00"}]""";
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);

        await session.AppendMessageAsync(Call(Keyed("value", JsonElement.Parse(Json))), agent, Cancellation);

        var stored = Assert.Single(await session.ListMessagesAsync("support", cancellationToken: Cancellation));
        var call = Assert.IsType<FunctionCallContent>(Assert.Single(stored.Message.Contents));
        Assert.Equal(Json, Assert.IsType<JsonElement>(call.Arguments?["value"]).GetRawText(), ignoreCase: true);
    }

    [Fact]
    public async Task Case29_ContentOfAnUnregisteredType_GoesThroughJsonAndIsAppendedAgain()
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(new ChatMessage(ChatRole.User, [new Seat { Row = 7 }]), agent, Cancellation);
        var stored = Assert.Single(await session.ListMessagesAsync("support", cancellationToken: Cancellation)).Message;

        var json = JsonSerializer.Serialize(stored, AIJsonUtilities.DefaultOptions);
        await session.AppendMessageAsync(JsonSerializer.Deserialize<ChatMessage>(json, AIJsonUtilities.DefaultOptions)!, agent, Cancellation);

        var again = (await session.ListMessagesAsync("support", cancellationToken: Cancellation))[1].Message;
        Assert.Equal(json, JsonSerializer.Serialize(again, AIJsonUtilities.DefaultOptions));
        var unknown = UnknownContent.Get(Assert.Single(again.Contents));
        Assert.Equal((typeof(Seat).FullName, 7), (unknown?.TypeName, unknown?.Value.GetProperty("row").GetInt32()));
    }

    [Fact]
    public async Task InitializeAsync_NastyMessages_ComeBackEqual()
    {
        ChatMessage[] messages = [.. NastyMessages.Select(row => row.Data.Item2)];
        var agent = Agents.Support();
        Array.ForEach(messages, agent.Messages.Add);

        await database.Factory.Create(_sessionId).InitializeAsync(agent, Cancellation);

        await AssertStoredAsync(messages, "first messages");
    }

    private async Task AssertStoredAsync(IReadOnlyList<ChatMessage> expected, string name)
    {
        var session = database.Factory.Create(_sessionId);

        // A session manager would make these a history that a model accepts, and read what is older than the latest ones.
        var loaded = await database.Storage.GetOrAddAgentAsync(_sessionId, new StoredAgent { AgentId = "support" }, [], null, null, null, mustExist: false, Cancellation);
        var listed = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        var streamed = await session.StreamMessagesAsync("support", cancellationToken: Cancellation).ToListAsync(Cancellation);

        AssertEqual([.. expected.TakeLast(256)], loaded.Messages.Select(message => message.Message), $"{name}, loaded");
        AssertEqual(expected, listed.Select(message => message.Message), $"{name}, listed");
        AssertEqual(expected, streamed.Select(message => message.Message), $"{name}, streamed");
    }

    private static void AssertEqual(IReadOnlyList<ChatMessage> expected, IEnumerable<ChatMessage> actual, string name)
    {
        ChatMessage[] found = [.. actual];
        Assert.Equal(expected.Count, found.Length);
        for (var i = 0; i < found.Length; i++)
        {
            var error = Record.Exception(() => ChatMessageAssert.Equal(expected[i], found[i]));
            Assert.True(error is null, $"{name}, message {i}: {error?.Message}");
        }
    }

    private static (ulong Seed, List<ChatMessage> Messages) Generate(int count)
    {
        var seed = (ulong)Random.Shared.NextInt64();
        return (seed, [.. ChatMessageGenerators.Message.Sample(count, new Rnd(seed), 50)]);
    }

    private static JsonElement Nest(int depth)
    {
        var text = string.Concat(Enumerable.Repeat("""{"a":[""", depth)) + string.Concat(Enumerable.Repeat("]}", depth));
        return JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = 2 * depth });
    }

    private static ChatMessage Call(Dictionary<string, object?> arguments) =>
        new(ChatRole.Assistant, [new FunctionCallContent("call", "tool", arguments)])
        {
            AdditionalProperties = new(arguments),
        };

    private static Dictionary<string, object?> Map(params string[] keys) => keys.ToDictionary(key => key, key => (object?)$"value of {key.Length}");

    private static Dictionary<string, object?> Keyed(string key, object? value) => new() { [key] = value };

    private static Dictionary<string, object?> List(params object[] values) =>
        values.Select((value, i) => (Key: $"k{i}", Value: value)).ToDictionary(pair => pair.Key, pair => (object?)pair.Value);

    private sealed class Seat : AIContent
    {
        public int Row { get; set; }
    }
}
