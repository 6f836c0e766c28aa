using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;
using SessionManager.Testing.Messages;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// A conversation with tools in two hosts, one after the other, at both places in the pipeline, streamed or not.
/// </summary>
public sealed class SessionPipelineTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Instructions = "You help.";

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool> Pipelines => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_TwoTurnsInTwoHosts_SendsAndStoresExactlyTheHistory(bool isInside, bool isStreaming)
    {
        var orders = ScriptedModel.Call("orders", ("number", 7));
        var stock = ScriptedModel.Call("stock", ("number", 8));
        var again = ScriptedModel.Call("orders", ("number", 9));
        var first = new ScriptedModel(
            new ScriptedAnswer(new TextContent("Let me see."), orders, stock) { Usage = Usage(10, 1) },
            new ScriptedAnswer(again) { Usage = Usage(20, 2) },
            new ScriptedAnswer(new TextContent("It is under way.")) { Usage = Usage(30, 3) });
        var second = new ScriptedModel(new ScriptedAnswer(new TextContent("You are welcome.")) { Usage = Usage(40, 4) });

        await AskInNewHostAsync(first, isInside, isStreaming, "Where is my order?");
        var before = await database.FindSessionAsync(_sessionId);
        await AskInNewHostAsync(second, isInside, isStreaming, "Thank you!");

        (orders, stock, again) = (Unmarked(orders), Unmarked(stock), Unmarked(again));
        ChatMessage[] expected =
        [
            new(ChatRole.User, "Where is my order?"),
            new(ChatRole.Assistant, [new TextContent("Let me see."), orders, stock]),
            new(ChatRole.Tool, [new FunctionResultContent(orders.CallId, Json("orders 7")), new FunctionResultContent(stock.CallId, Json("stock 8"))]),
            new(ChatRole.Assistant, [again]),
            new(ChatRole.Tool, [new FunctionResultContent(again.CallId, Json("orders 9"))]),
            new(ChatRole.Assistant, "It is under way."),
            new(ChatRole.User, "Thank you!"),
            new(ChatRole.Assistant, "You are welcome."),
        ];
        Assert.Equal([1, 3, 5], first.Requests.Select(request => request.Messages.Count));
        Assert.Equal(expected[..5].Select(ScriptedRequest.Show), first.Requests[2].Lines);
        AssertEqual(expected[..7], Assert.Single(second.Requests).Messages);
        // Each result is stored when its tool returns.
        ChatMessage[] results = [.. expected[2].Contents.Select(result => new ChatMessage(ChatRole.Tool, [result]))];
        await AssertStoredAsync([.. expected[..2], .. results, .. expected[3..]]);
        await AssertConfigAsync(before);
        await AssertUsageAsync(isInside);
    }

    private static UsageDetails Usage(int input, int output) => new() { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output };

    // Function invocation marks the calls that it has answered.
    private static FunctionCallContent Unmarked(FunctionCallContent call) => new(call.CallId, call.Name, call.Arguments);

    // What function invocation has of a function that returns text.
    private static JsonElement Json(string text) => JsonElement.Parse($"\"{text}\"");

    private static void AssertEqual(ChatMessage[] expected, IEnumerable<ChatMessage> actual)
    {
        ChatMessage[] found = [.. actual];
        Assert.Equal(expected.Select(ScriptedRequest.Show), found.Select(ScriptedRequest.Show));
        for (var i = 0; i < found.Length; i++)
        {
            // Function invocation gives streamed results an id.
            found[i] = found[i].Clone();
            found[i].MessageId = null;
            found[i].AdditionalProperties = null;
            found[i].CreatedAt = null;
            found[i].Contents = [.. found[i].Contents.Select(content => content is FunctionCallContent call ? Unmarked(call) : content)];
            ChatMessageAssert.Equal(expected[i], found[i]);
        }
    }

    private async Task AskInNewHostAsync(ScriptedModel model, bool isInside, bool isStreaming, string text)
    {
        await using var services = database.CreateServices();
        var client = model.Build(services, isInside);
        var options = ScriptedPipeline.For(_sessionId, ScriptedPipeline.Tool("orders"), ScriptedPipeline.Tool("stock"));
        options.Instructions = Instructions;

        await client.AskAsync(isStreaming, text, options, Cancellation);

        Assert.Equal(_sessionId, options.ConversationId);
        Assert.All(model.Requests, request => Assert.Null(request.Options?.ConversationId));
        Assert.All(model.Requests, request => Assert.Equal(Instructions, request.Options?.Instructions));
    }

    private async Task AssertStoredAsync(ChatMessage[] expected)
    {
        await using var session = database.Factory.Create(_sessionId);
        var stored = await session.ListMessagesAsync(ScriptedPipeline.AgentId, cancellationToken: Cancellation);

        AssertEqual(expected, stored.Select(message => message.Message));
        Assert.Equal(Enumerable.Range(0, expected.Length), stored.Select(message => message.Position));
    }

    private async Task AssertConfigAsync(MongoDB.Bson.BsonDocument before)
    {
        await using var session = database.Factory.Create(_sessionId);
        var config = await session.GetAgentConfigAsync(ScriptedPipeline.AgentId, Cancellation);
        var after = await database.FindSessionAsync(_sessionId);

        Assert.Equal((ScriptedModel.ModelId, Instructions), (config?.Model, config?.SystemPrompt));
        Assert.True(after["updated_at"].ToUniversalTime() > before["updated_at"].ToUniversalTime());
    }

    private async Task AssertUsageAsync(bool isInside)
    {
        await using var session = database.Factory.Create(_sessionId);
        var stored = await session.ListMessagesAsync(ScriptedPipeline.AgentId, cancellationToken: Cancellation);
        var metrics = stored.Where(message => message.EventLoopMetrics is not null).ToDictionary(message => message.Position, message => message.EventLoopMetrics!);

        (int, long, long, long)[] expected = isInside
            ? [(1, 10, 1, 1), (4, 20, 2, 1), (6, 30, 3, 1), (8, 40, 4, 1)]
            : [(6, 60, 6, 1), (8, 40, 4, 1)];
        Assert.Equal(expected, metrics.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value.InputTokens, pair.Value.OutputTokens, pair.Value.CycleCount)));
        Assert.All(metrics.Values, turn => Assert.Equal(ScriptedModel.ModelId, turn.Model));
        var tools = metrics.OrderBy(pair => pair.Key).SelectMany(pair => pair.Value.ToolUsage.Select(tool => (pair.Key, tool.Key, tool.Value.CallCount, tool.Value.SuccessCount)));
        (int, string, long, long)[] expectedTools = isInside
            ? [(4, "orders", 1, 1), (4, "stock", 1, 1), (6, "orders", 1, 1)]
            : [(6, "orders", 2, 2), (6, "stock", 1, 1)];
        Assert.Equal(expectedTools, tools);
    }
}
