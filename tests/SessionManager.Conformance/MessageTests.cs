using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Messages appended one by one: their positions, their order, and how they are read.
/// </summary>
public abstract class MessageTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task AppendMessageAsync_FirstMessages_CountFromZeroAndContinueAfterReopening()
    {
        var (session, agent) = await StartAsync();
        Assert.Equal(0, await session.AppendMessageAsync(User(), agent, Cancellation));
        Assert.Equal(1, await session.AppendMessageAsync(Assistant(), agent, Cancellation));

        var resumed = CreateAgent();
        var reopened = Open();
        await reopened.InitializeAsync(resumed, Cancellation);

        Assert.Equal(2, await reopened.AppendMessageAsync(User(), resumed, Cancellation));
        Assert.Equal([0, 1, 2], (await reopened.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Position));
    }

    [Fact]
    public async Task Case21_JsonOfCallsAndResults_IsTheSameText()
    {
        const string Json = """{"z":1.10,"a":[1.0,1E2,-0.0,1e-7,123456789012345678901234567890,0.1,1e400],"":{"é\n":"é\"\\"}}""";
        var values = JsonElement.Parse(Json).EnumerateObject().SelectMany(property => property.Value.ValueKind == JsonValueKind.Array
            ? property.Value.EnumerateArray().Select((item, i) => KeyValuePair.Create($"{property.Name}{i}", (object?)item))
            : [KeyValuePair.Create(property.Name, (object?)property.Value)]);
        var call = new FunctionCallContent("c", "f", new Dictionary<string, object?>(values) { ["all"] = JsonElement.Parse(Json) });
        var result = new FunctionResultContent("c", JsonElement.Parse(Json));
        var text = new FunctionResultContent("d", JsonElement.Parse("\"sunny\""));
        var (session, agent) = await StartAsync();

        await session.AppendMessagesAsync([new(ChatRole.Assistant, [call]), new(ChatRole.Tool, [result, text])], agent, Cancellation);

        var stored = await Open().ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(ToText(call.Arguments), ToText(Assert.IsType<FunctionCallContent>(Assert.Single(stored[0].Message.Contents)).Arguments));
        var results = stored[1].Message.Contents.Cast<FunctionResultContent>().Select(content => ToText(content.Result));
        Assert.Equal([ToText(result.Result), ToText(text.Result)], results);

        static string ToText(object? value) => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);
    }

    [Fact]
    public async Task AppendMessageAsync_ManagerThatHasNotInitialized_ContinuesTheHistory()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);

        Assert.Equal(1, await Open().AppendMessageAsync(User(), CreateAgent(), Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_EachAgent_HasIdsOfItsOwn()
    {
        var (session, agent) = await StartAsync();
        var other = CreateAgent("billing");
        await session.InitializeAsync(other, Cancellation);
        await session.AppendMessageAsync(User(), agent, Cancellation);

        Assert.Equal(0, await session.AppendMessageAsync(User(), other, Cancellation));
        Assert.Equal(1, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_UnknownSession_ThrowsAndStoresNothing()
    {
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Open().AppendMessageAsync(User(), CreateAgent(), Cancellation));

        Assert.Equal(0, await Open().GetMessageCountAsync("support", Cancellation));
        Assert.False(await Open().SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_UnknownAgent_ThrowsAndStoresNothing()
    {
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.AppendMessageAsync(User(), CreateAgent("other"), Cancellation));

        Assert.Equal(0, await session.GetMessageCountAsync("other", Cancellation));
        Assert.Single(await session.ListAgentsAsync(Cancellation));
    }

    [Fact]
    public async Task AppendMessageAsync_TwoWriters_StoreEverythingUnderContiguousIds()
    {
        // Ids come from each process's memory in the reference, and both write 0 (fault 11).
        var sessions = await Task.WhenAll(StartAsync(), StartAsync());

        var ids = await Task.WhenAll(sessions.SelectMany((started, writer) => Enumerable.Range(0, 50).Select(i =>
            Task.Run(() => started.Session.AppendMessageAsync(User($"{writer}-{i}"), started.Agent, Cancellation)))));

        Assert.Equal(Enumerable.Range(0, 100), ids.Order());
        var stored = await Open().ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Range(0, 100), stored.Select(message => message.Position));
        Assert.Equal(100, stored.Select(message => message.Message.Text).Distinct().Count());
    }

    [Fact]
    public async Task AppendMessageAsync_CallsWithoutWaiting_AreStoredInTheOrderOfTheCalls()
    {
        var (session, agent) = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => session.AppendMessageAsync(User($"{i}"), agent, Cancellation)));

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), stored.Select(message => message.Message.Text));
    }

    [Fact]
    public async Task ListMessagesAsync_AppendedMessage_IsDatedInMilliseconds()
    {
        var (session, agent) = await StartAsync();
        Wait();
        await session.AppendMessageAsync(User(), agent, Cancellation);

        var stored = Assert.Single(await session.ListMessagesAsync("support", cancellationToken: Cancellation));

        Assert.Equal(("support", Now(), Now()), (stored.AgentId, stored.CreatedAt, stored.UpdatedAt));
        Assert.Equal((null, null, null), (stored.RedactMessage, stored.EventLoopMetrics, stored.GuardrailEvent));
    }

    [Fact]
    public async Task ListMessagesAsync_EveryKindOfContent_ComesBack()
    {
        var (session, agent) = await StartAsync();
        var message = new ChatMessage(ChatRole.Assistant,
        [
            new TextReasoningContent("because") { ProtectedData = "sig" },
            new TextContent("text 😀"),
            new FunctionCallContent("call-1", "find", new Dictionary<string, object?> { ["a.b"] = 1, ["$c"] = null }),
            new DataContent(new byte[] { 0, 1, 255 }, "image/png"),
        ])
        {
            AuthorName = "Ada",
            MessageId = "m-1",
            CreatedAt = new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            AdditionalProperties = new() { ["trace"] = 7L },
        };
        await session.AppendMessageAsync(message, agent, Cancellation);
        await session.AppendMessageAsync(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("call-1", "found")]), agent, Cancellation);

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Assert.Equal(ToJson(message), ToJson(stored[0].Message));
        Assert.Equal(ChatRole.Tool, stored[1].Message.Role);
        Assert.Equal("found", Assert.IsType<FunctionResultContent>(Assert.Single(stored[1].Message.Contents)).Result);
    }

    [Fact]
    public async Task ListMessagesAsync_ById_FindsThatMessageOrNone()
    {
        await AppendAsync(3);

        Assert.Equal("1", Assert.Single(await ListAsync(new() { FromPosition = 1, BeforePosition = 2 })).Message.Text);
        Assert.Empty(await ListAsync(new() { FromPosition = 99, BeforePosition = 100 }));
    }

    [Theory]
    [InlineData(1, null, 2, false, new[] { 1, 2 })]
    [InlineData(0, null, 0, false, new int[0])]
    [InlineData(999, null, null, false, new int[0])]
    [InlineData(0, null, null, false, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(0, null, 2, true, new[] { 4, 3 })]
    [InlineData(1, 4, null, false, new[] { 1, 2, 3 })]
    [InlineData(1, 4, 2, true, new[] { 3, 2 })]
    [InlineData(3, 2, null, false, new int[0])]
    [InlineData(3, 99, 99, false, new[] { 3, 4 })]
    public async Task ListMessagesAsync_Range_GivesItsMessages(int from, int? before, int? limit, bool newestFirst, int[] expected)
    {
        await AppendAsync(5);
        var query = new MessageQuery { FromPosition = from, BeforePosition = before, Limit = limit, NewestFirst = newestFirst };

        Assert.Equal(expected, (await ListAsync(query)).Select(message => message.Position));
        var streamed = new List<int>();
        await foreach (var message in Open().StreamMessagesAsync("support", query, Cancellation))
        {
            streamed.Add(message.Position);
        }

        Assert.Equal(expected, streamed);
    }

    [Fact]
    public async Task StreamMessagesAsync_EnumeratedTwice_StartsAnew()
    {
        await AppendAsync(2);
        var messages = Open().StreamMessagesAsync("support", cancellationToken: Cancellation);

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(["0", "1"], (await CollectAsync(messages)).Select(message => message.Message.Text));
        }
    }

    [Fact]
    public async Task GetMessageCountAsync_KnownAndUnknownAgent_CountsOrIsZero()
    {
        await AppendAsync(3);

        Assert.Equal(3, await Open().GetMessageCountAsync("support", Cancellation));
        Assert.Equal(0, await Open().GetMessageCountAsync("other", Cancellation));
    }

    [Fact]
    public async Task AddFirstMessagesAsync_AgentWithMessages_StoresNothing()
    {
        await AppendAsync(1);

        Assert.False(await Storage.AddFirstMessagesAsync(SessionId, await BranchAsync(), [User("a"), User("b")], Cancellation));

        Assert.Equal("0", Assert.Single(await ListAsync(new())).Message.Text);
    }

    private static string ToJson(ChatMessage message) => JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions);

    private static async Task<List<SessionMessage>> CollectAsync(IAsyncEnumerable<SessionMessage> messages)
    {
        var collected = new List<SessionMessage>();
        await foreach (var message in messages)
        {
            collected.Add(message);
        }

        return collected;
    }

    private async Task AppendAsync(int count)
    {
        var (session, agent) = await StartAsync();
        for (var i = 0; i < count; i++)
        {
            await session.AppendMessageAsync(User($"{i}"), agent, Cancellation);
        }
    }

    private Task<IReadOnlyList<SessionMessage>> ListAsync(MessageQuery query) => Open().ListMessagesAsync("support", query, Cancellation);
}
