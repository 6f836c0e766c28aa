using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.AgentFramework.Tests;

public sealed class FailureTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool> Ways { get; } = new([false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_ModelThrows_KeepsTheRequestAndGoesOn(bool isLed, bool isStreaming)
    {
        var failure = new InvalidOperationException("The model is out.");
        var model = new ScriptedModel(new ScriptedAnswer { Failure = failure }, "Here I am.");
        await using var host = AgentHost.Start(database, model, isLed);

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Agent.AskAsync(isStreaming, _sessionId, "Hello?"));
        var stored = await host.ListAsync(_sessionId);
        await host.Agent.AskAsync(isStreaming, _sessionId, "Anybody?");

        Assert.Same(failure, thrown);
        Assert.Equal(["user: Hello?"], stored);
        Assert.Equal(["user: Hello?", "user: Anybody?"], model.Requests[1].Lines);
        Assert.Equal(["user: Hello?", "user: Anybody?", "assistant: Here I am."], await host.ListAsync(_sessionId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_CancelledInTheModel_KeepsTheRequest(bool isLed, bool isStreaming)
    {
        var answer = new ScriptedAnswer { Waits = true };
        await using var host = AgentHost.Start(database, new ScriptedModel(answer), isLed);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        var run = isStreaming
            ? host.Agent.RunStreamingAsync("Hello?", session, cancellationToken: cancellation.Token).ToAgentResponseAsync(Cancellation)
            : host.Agent.RunAsync("Hello?", session, cancellationToken: cancellation.Token);
        await answer.WhenReachedAsync(run);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(["user: Hello?"], await host.ListAsync(_sessionId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_CancelledBefore_SendsAndStoresNothing(bool isLed, bool isStreaming)
    {
        var model = new ScriptedModel("Hi");
        await using var host = AgentHost.Start(database, model, isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => isStreaming
            ? host.Agent.RunStreamingAsync("Hello?", session, cancellationToken: cancelled).ToAgentResponseAsync(Cancellation)
            : host.Agent.RunAsync("Hello?", session, cancellationToken: cancelled));

        Assert.Empty(model.Requests);
        Assert.Empty(await host.ListAsync(_sessionId));
    }

    [Fact]
    public async Task RunStreamingAsync_ModelThrowsInMidStream_KeepsWhatArrivedAndWhatItCost()
    {
        var failure = new InvalidOperationException("The model is out.");
        var answer = new ScriptedAnswer(new TextContent("Half "), Usage(7), new TextContent("an ans")) { Failure = failure };
        var model = new ScriptedModel(answer, "A whole one.");
        await using var host = AgentHost.Start(database, model);

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Agent.AskAsync(isStreaming: true, _sessionId, "Hello?"));

        Assert.Same(failure, thrown);
        await host.AssertInterruptedAsync(_sessionId, "user: Hello?", "assistant: Half an ans");
        Assert.Equal(7, (await host.GetUsageAsync(_sessionId)).Total.InputTokens);
        await host.Agent.AskAsync(isStreaming: true, _sessionId, "Again?");
        Assert.Equal(["user: Hello?", "assistant: Half an ans", "user: Again?"], model.Requests[1].Lines);
    }

    [Fact]
    public async Task RunStreamingAsync_CancelledInMidStream_KeepsWhatArrived()
    {
        var answer = new ScriptedAnswer(new TextContent("Half "), new TextContent("an ans")) { Waits = true };
        await using var host = AgentHost.Start(database, new ScriptedModel(answer));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        var run = host.Agent.RunStreamingAsync("Hello?", session, cancellationToken: cancellation.Token).ToAgentResponseAsync(Cancellation);
        await answer.WhenReachedAsync(run);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await host.AssertInterruptedAsync(_sessionId, "user: Hello?", "assistant: Half an ans");
    }

    [Fact]
    public async Task RunAsync_SecondModelCallThrowsWhereEachIsStored_KeepsTheToolsResult()
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))),
            new ScriptedAnswer { Failure = new InvalidOperationException("The model is out.") });
        await using var host = AgentHost.Start(database, model, configure: options => WithTool(options, isPerModelCall: true));

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Agent.AskAsync(isStreaming: false, _sessionId, "Where is it?"));

        Assert.Equal(["user: Where is it?", "assistant: call get_order", "tool: result get_order 1"], await host.ListAsync(_sessionId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_DatabaseAwayBeforeTheModel_ThrowsWithoutCallingIt(bool isLed, bool isStreaming)
    {
        var model = new ScriptedModel("Hi");
        var proxy = TcpProxy.Start(database.ConnectionString);
        await proxy.DisposeAsync();
        await using var host = AgentHost.Start(database, model, isLed, connectionString: proxy.ConnectionString);

        await Assert.ThrowsAsync<TimeoutException>(() => host.Agent.AskAsync(isStreaming, _sessionId, "Hello?"));

        Assert.Empty(model.Requests);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_DatabaseAwayAfterTheModel_ThrowsAndTheNextRunGoesOn(bool isLed, bool isStreaming)
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Hi")) { WhenCalled = () => proxy.DisposeAsync().AsTask().Wait(Cancellation) }, "Back again.");
        await using var host = AgentHost.Start(database, model, isLed, connectionString: proxy.ConnectionString);

        var error = await Record.ExceptionAsync(() => host.Agent.AskAsync(isStreaming, _sessionId, "Hello?"));
        Assert.True(error is TimeoutException or MongoException, error?.ToString());

        await using var next = AgentHost.Start(database, model, isLed);
        await next.Agent.AskAsync(isStreaming, _sessionId, "And now?");
        Assert.Equal(["user: Hello?", "user: And now?", "assistant: Back again."], await next.ListAsync(_sessionId));
    }

    [Fact]
    public async Task RunStreamingAsync_DatabaseAwayWhenTheModelThrows_ThrowsTheModelsExceptionAndSaysWhy()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var failure = new InvalidOperationException("The model is out.");
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Half "))
        {
            WhenCalled = () => proxy.DisposeAsync().AsTask().Wait(Cancellation),
            Failure = failure,
        });
        await using var host = AgentHost.Start(database, model, connectionString: proxy.ConnectionString);

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Agent.AskAsync(isStreaming: true, _sessionId, "Hello?"));

        Assert.Same(failure, thrown);
        Assert.True(thrown.Data["SessionManager.NotStored"] is TimeoutException or MongoException, thrown.Data["SessionManager.NotStored"]?.ToString());
    }

    private static UsageContent Usage(long input) => new(new UsageDetails { InputTokenCount = input });

    private static void WithTool(ChatClientAgentOptions options, bool isPerModelCall)
    {
        options.ChatOptions!.Tools = [ScriptedPipeline.Tool("get_order")];
        options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall;
    }
}
