using Microsoft.Extensions.AI;
using SessionManager.Internal.Chat;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Runs with several model calls: loaded once, resumed by the results of tools, and what they cost.
/// </summary>
public sealed class SessionRunTests : IAsyncDisposable
{
    private static readonly TimeSpan ModelTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ToolTime = TimeSpan.FromSeconds(2);

    private readonly ChatSessions _sessions = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool> Pipelines => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_SeveralIterationsWithParallelCalls_LoadsOnce(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1)), ScriptedModel.Call("stock", ("number", 2))),
            new ScriptedAnswer(ScriptedModel.Call("stock", ("number", 3)), ScriptedModel.Call("stock", ("number", 4))),
            "Done");
        var options = ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders"), ScriptedPipeline.Tool("stock"));

        await _sessions.Build(model, isInside).AskAsync(isStreaming, "Hello", options, Cancellation);

        string[] expected =
        [
            "user: Hello", "assistant: call orders | call stock", "tool: result orders 1 | result stock 2",
            "assistant: call stock | call stock", "tool: result stock 3 | result stock 4", "assistant: Done",
        ];
        // Each result is stored as it comes, and sent as function invocation sends them.
        Assert.Equal([.. expected.SelectMany(line => line.Replace(" | result", "\ntool: result", StringComparison.Ordinal).Split('\n'))], await _sessions.ShowAsync());
        Assert.Equal([expected[..1], expected[..3], expected[..5]], model.Requests.Select(request => request.Lines));
        Assert.Equal(
            (1, 1, isInside ? 8 : 6, 1),
            (_sessions.Factory.Count("Create"), _sessions.Factory.Count("StartRunAsync"), _sessions.Factory.Count("AppendAnswerAsync"), _sessions.Factory.Count("DisposeAsync")));
        Assert.Equal("DisposeAsync", _sessions.Factory.Calls[^1]);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_RequiredTool_SendsItRequiredOnce(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1))), "Done");
        var options = ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders"));
        options.ToolMode = ChatToolMode.RequireAny;

        await _sessions.Build(model, isInside).AskAsync(isStreaming, "Hello", options, Cancellation);

        Assert.Equal([ChatToolMode.RequireAny, null], model.Requests.Select(request => request.Options!.ToolMode));
        Assert.All(model.Requests, request => Assert.Null(request.Options!.ConversationId));
        Assert.Equal(["user: Hello", "assistant: call orders", "tool: result orders 1"], model.Requests[1].Lines);
        Assert.Equal(1, _sessions.Factory.Count("StartRunAsync"));
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_ToolsOneOfWhichFails_CountsThem(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1)), ScriptedModel.Call("broken", ("number", 2))) { WhenCalled = Take(ModelTime) },
            new ScriptedAnswer(new TextContent("Done")) { WhenCalled = Take(ModelTime) });
        var orders = ScriptedPipeline.Tool("orders", Take(ToolTime));
        var broken = ScriptedPipeline.Tool("broken", () => throw new InvalidOperationException("broken"));

        await _sessions.Build(model, isInside).AskAsync(isStreaming, "Hello", ScriptedPipeline.For(ChatSessions.Id, orders, broken), Cancellation);

        var messages = await _sessions.ListAsync();
        var metrics = messages[^1].EventLoopMetrics!;
        Assert.Equal(isInside ? ModelTime : (2 * ModelTime) + ToolTime, metrics.Latency);
        // When a tool fails, what is known is stored with the message that called it: no answer may come.
        var counted = messages.Select(message => message.EventLoopMetrics?.ToolUsage.GetValueOrDefault("orders")).OfType<ToolMetrics>();
        Assert.Equal(new ToolMetrics { CallCount = 1, SuccessCount = 1, TotalTime = ToolTime }, Assert.Single(counted));
        Assert.Equal((1, 1), (metrics.ToolUsage["broken"].CallCount, metrics.ToolUsage["broken"].ErrorCount));
    }

    [Fact]
    public async Task Ask_Streaming_MeasuresTheTimeToTheFirstPart()
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("a"), new TextContent("b")) { Usage = new() { InputTokenCount = 3 }, WhenCalled = Take(ModelTime) });

        await foreach (var update in _sessions.Build(model).GetStreamingResponseAsync("Hello", ScriptedPipeline.For(ChatSessions.Id), Cancellation))
        {
            _sessions.Time.Advance(ToolTime);
        }

        var metrics = (await _sessions.ListAsync())[1].EventLoopMetrics!;
        Assert.Equal((ModelTime, ModelTime + (3 * ToolTime), 3, 1), (metrics.TimeToFirstByte, metrics.Latency, metrics.InputTokens, metrics.CycleCount));
    }

    [Theory]
    [InlineData("requested", "default", "answered", "requested")]
    [InlineData(null, "default", "answered", "default")]
    [InlineData(null, null, "answered", "answered")]
    [InlineData(null, null, null, null)]
    public async Task Ask_Model_IsTheOneRequestedElseTheClientsElseTheOneThatAnswers(string? requested, string? byDefault, string? answered, string? expected)
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Hi")) { ModelId = answered }) { DefaultModelId = byDefault };
        var options = ScriptedPipeline.For(ChatSessions.Id);
        options.ModelId = requested;

        await _sessions.Build(model).AskAsync(isStreaming: false, "Hello", options, Cancellation);

        Assert.Equal((expected, null), await _sessions.GetConfigAsync());
        Assert.Equal(expected, (await _sessions.ListAsync())[1].EventLoopMetrics?.Model);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_AnswerWithoutMessages_StoresTheRequestAndWhatChanged(bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1))), new ScriptedAnswer());

        await _sessions.Build(model, isInside: true).AskAsync(isStreaming, "Hello", ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders")), Cancellation);

        var calls = (await _sessions.ListAsync())[1].EventLoopMetrics!;
        Assert.Equal(isStreaming ? 2 : 1, calls.CycleCount);
    }

    [Fact]
    public async Task Ask_OneRunStopsBetweenCallAndResult_AnotherRunLoadsAnew()
    {
        var call = ScriptedModel.Call("orders", ("number", 1));
        var model = new ScriptedModel(new ScriptedAnswer(call), "Done");
        var client = _sessions.Build(model);
        var options = ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders"));
        await client.AskAsync(isStreaming: false, "Hello", options, Cancellation);
        GiveUpWaiting();

        // The id has been through JSON, say: it is not the same string any more.
        ChatMessage result = new(ChatRole.Tool, [new FunctionResultContent(new string(call.CallId), "orders 1")]);
        await client.AskAsync(isStreaming: false, [result], options, Cancellation);

        Assert.Equal(["user: Hello", "assistant: call orders", "tool: result orders 1"], model.Requests[1].Lines);
        Assert.Equal(2, _sessions.Factory.Count("StartRunAsync"));
        Assert.Equal(1, (await _sessions.ListAsync())[3].EventLoopMetrics!.ToolUsage["orders"].CallCount);
    }

    // Nobody calls the tools here: the results come as a request of their own.
    private void GiveUpWaiting() => _sessions.Time.Advance(TimeSpan.FromSeconds(1));

    [Fact]
    public async Task Ask_ResultsLoadedAnew_LeaveTheStoredSystemPrompt()
    {
        var call = ScriptedModel.Call("orders", ("number", 1));
        var client = _sessions.Build(new ScriptedModel(new ScriptedAnswer(call), "Done"));
        var options = ScriptedPipeline.For(ChatSessions.Id);
        options.Instructions = "You help.";
        await client.AskAsync(isStreaming: false, [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")], options, Cancellation);
        GiveUpWaiting();

        await client.AskAsync(isStreaming: false, [new(ChatRole.Tool, [new FunctionResultContent(new string(call.CallId), "1")])], options, Cancellation);

        Assert.Equal((ScriptedModel.ModelId, "You help.\nBe brief."), await _sessions.GetConfigAsync());
    }

    [Fact]
    public async Task Ask_ProviderWithOneIdForAllCalls_MixesNoRuns()
    {
        var model = new ScriptedModel(request => request.Lines is [.., var last] && last.StartsWith("tool", StringComparison.Ordinal)
            ? "Done"
            : new ScriptedAnswer(new FunctionCallContent("", "orders", new Dictionary<string, object?> { ["number"] = int.Parse(request.Messages[^1].Text, provider: null) })));
        var client = _sessions.Build(model, isInside: true);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => client.AskAsync(
            isStreaming: i % 2 == 0, $"{i}", ScriptedPipeline.For($"s{i}", ScriptedPipeline.Tool("orders")), Cancellation)));
        await client.AskAsync(isStreaming: false, "9", ScriptedPipeline.For("s0", ScriptedPipeline.Tool("orders")), Cancellation);

        Assert.Equal(
            ["user: 0", "assistant: call orders", "tool: result orders 0", "assistant: Done", "user: 9", "assistant: call orders", "tool: result orders 9", "assistant: Done"],
            await _sessions.ShowAsync("s0"));
        Assert.Equal(["user: 3", "assistant: call orders", "tool: result orders 3", "assistant: Done"], await _sessions.ShowAsync("s3"));
    }

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    private Action Take(TimeSpan time) => () => _sessions.Time.Advance(time);
}
