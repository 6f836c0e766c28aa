using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using MongoDB.Driver;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// Streamed responses that their consumer does not read to the end.
/// </summary>
public sealed class StoppedStreamTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunStreamingAsync_ConsumerStopsEarly_KeepsWhatArrived(bool isPerModelCall)
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Half "), new TextContent("an ans"), new TextContent("wer")), "Hi");
        await using var host = AgentHost.Start(
            database, model, configure: options => options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await StopAfterAsync(host.Agent.RunStreamingAsync("Hello?", session, cancellationToken: Cancellation), "an ans");

        await host.AssertInterruptedAsync(_sessionId, "user: Hello?", "assistant: Half an ans");
        await host.Agent.AskAsync(isStreaming: true, session, "Again?");
        Assert.Equal(["user: Hello?", "assistant: Half an ans", "user: Again?"], model.Requests[1].Lines);
        Assert.Equal(4, (await host.ListAsync(_sessionId)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunStreamingAsync_ConsumerStopsAfterATool_KeepsCallResultAndWhatArrivedOnce(bool isPerModelCall)
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))),
            new ScriptedAnswer(new TextContent("On its"), new TextContent(" way.")));
        await using var host = AgentHost.Start(database, model, configure: options => WithTool(options, isPerModelCall));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await StopAfterAsync(host.Agent.RunStreamingAsync("Where is it?", session, cancellationToken: Cancellation), "On its");

        await host.AssertInterruptedAsync(_sessionId, "user: Where is it?", "assistant: call get_order", "tool: result get_order 1", "assistant: On its");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunStreamingAsync_ConsumerStopsAtTheToolsResult_KeepsItOnce(bool isPerModelCall)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))), "On its way.");
        await using var host = AgentHost.Start(database, model, configure: options => WithTool(options, isPerModelCall));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await foreach (var update in host.Agent.RunStreamingAsync("Where is it?", session, cancellationToken: Cancellation))
        {
            if (update.Contents.OfType<FunctionResultContent>().Any())
            {
                break;
            }
        }

        // It was stored when the tool returned, and is whole.
        Assert.Equal(["user: Where is it?", "assistant: call get_order", "tool: result get_order 1"], await host.ListAsync(_sessionId));
    }

    [Fact]
    public async Task RunStreamingAsync_ConsumerStopsWhereEachModelCallIsStored_KeepsTheTextOfAnEarlierCallOnce()
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(new TextContent("Let me "), new TextContent("look."), ScriptedModel.Call("get_order", ("number", 1))),
            new ScriptedAnswer(new TextContent("On its"), new TextContent(" way.")));
        await using var host = AgentHost.Start(database, model, configure: options => WithTool(options, isPerModelCall: true));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await StopAfterAsync(host.Agent.RunStreamingAsync("Where is it?", session, cancellationToken: Cancellation), "On its");

        await host.AssertInterruptedAsync(
            _sessionId, "user: Where is it?", "assistant: Let me look. | call get_order", "tool: result get_order 1", "assistant: On its");
    }

    [Fact]
    public async Task RunStreamingAsync_DatabaseAwayWhenTheConsumerStops_Throws()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Half "), new TextContent("an answer"))
        {
            WhenCalled = () => proxy.DisposeAsync().AsTask().Wait(Cancellation),
        });
        await using var host = AgentHost.Start(database, model, connectionString: proxy.ConnectionString);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        var error = await Record.ExceptionAsync(() =>
            StopAfterAsync(host.Agent.RunStreamingAsync("Hello?", session, cancellationToken: Cancellation), "Half "));

        Assert.True(error is TimeoutException or MongoException, error?.ToString());
    }

    [Fact]
    public async Task RunStreamingAsync_DatabaseSilentWhenTheConsumerStops_GivesUpAfterTenSeconds()
    {
        var clock = new FakeTimeProvider();
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Half "), new TextContent("an answer")));
        await using var host = AgentHost.Start(
            database, model, configureOptions: options => options.TimeProvider = clock, connectionString: proxy.ConnectionString);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        var updates = host.Agent.RunStreamingAsync("Hello?", session, cancellationToken: Cancellation).GetAsyncEnumerator(Cancellation);
        await updates.MoveNextAsync();
        var held = proxy.HoldAnswerTo("Half ");

        var stop = updates.DisposeAsync().AsTask();
        await held;
        clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        var hadGivenUp = stop.IsCompleted;
        clock.Advance(TimeSpan.FromTicks(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stop);
        Assert.False(hadGivenUp);
        proxy.ReleaseAnswer();
    }

    private static void WithTool(ChatClientAgentOptions options, bool isPerModelCall)
    {
        options.ChatOptions!.Tools = [ScriptedPipeline.Tool("get_order")];
        options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall;
    }

    private static async Task StopAfterAsync(IAsyncEnumerable<AgentResponseUpdate> updates, string text)
    {
        await foreach (var update in updates)
        {
            if (update.Text == text)
            {
                return;
            }
        }

        Assert.Fail("It never came.");
    }
}
