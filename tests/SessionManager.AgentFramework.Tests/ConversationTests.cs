using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

public sealed class ConversationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly string[] FirstTurn =
        ["user: Where is it?", "assistant: call get_order", "tool: result get_order 1", "assistant: On its way."];

    private static readonly string[] SecondTurn =
        ["user: And the others?", "assistant: call get_order | call get_order", "tool: result get_order 2 | result get_order 3", "assistant: Both are."];

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool, bool> Ways { get; } = new([false, true], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_TwoTurnsWithToolsInTwoHosts_ContinuesAndStoresEachMessageOnce(bool isLed, bool isStreaming, bool isPerModelCall)
    {
        var (first, second) = (FirstModel(), SecondModel());
        await using (var host = AgentHost.Start(database, first, isLed, options => Configure(options, isPerModelCall)))
        {
            var response = await host.Agent.AskAsync(isStreaming, _sessionId, "Where is it?");

            Assert.Equal("On its way.", response.Text);
        }

        await using var next = AgentHost.Start(database, second, isLed, options => Configure(options, isPerModelCall));
        await next.Agent.AskAsync(isStreaming, _sessionId, "And the others?");

        Assert.Equal(FirstTurn[..1], first.Requests[0].Lines);
        Assert.Equal(FirstTurn[..3], first.Requests[1].Lines);
        Assert.Equal([.. FirstTurn, .. SecondTurn[..1]], second.Requests[0].Lines);
        Assert.Equal([.. FirstTurn, .. SecondTurn[..3]], second.Requests[1].Lines);
        // Led, each result is stored as it comes.
        string[] results = isLed ? ["tool: result get_order 2", "tool: result get_order 3"] : SecondTurn[2..3];
        Assert.Equal([.. FirstTurn, .. SecondTurn[..2], .. results, .. SecondTurn[3..]], await next.ListAsync(_sessionId));
        Assert.DoesNotContain(await AgentHost.FindRawAsync(database, _sessionId), text => text.Contains("_attribution", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_TwoTurnsWithTools_StoresWhatTheyCostWithTheirLastMessage(bool isLed, bool isStreaming, bool isPerModelCall)
    {
        await using var host = AgentHost.Start(database, FirstModel(), isLed, options => Configure(options, isPerModelCall));
        await host.Agent.AskAsync(isStreaming, _sessionId, "Where is it?");
        await using var next = AgentHost.Start(database, SecondModel(), isLed, options => Configure(options, isPerModelCall));
        await next.Agent.AskAsync(isStreaming, _sessionId, "And the others?");

        var messages = await next.Sessions.Create(_sessionId).ListMessagesAsync(AgentHost.AgentName, cancellationToken: Cancellation);
        var usage = await next.GetUsageAsync(_sessionId);

        Assert.Equal(isLed ? [3, 8] : [], messages.Where(message => message.EventLoopMetrics is not null).Select(message => message.Position));
        Assert.Equal(isLed ? (100, 10) : (0, 0), (usage.Total.InputTokens, usage.Total.OutputTokens));
        if (isLed)
        {
            Assert.Equal(ScriptedModel.ModelId, Assert.Single(usage.Agents).Model);
            Assert.Equal([1, 2], messages.Where(message => message.EventLoopMetrics is not null).Select(message => message.EventLoopMetrics!.ToolUsage["get_order"].CallCount));
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task RunAsync_EachModelCallStored_StoresTheCallBeforeTheToolRuns(bool isLed, bool isStreaming)
    {
        IReadOnlyList<string> seen = [];
        await using var host = AgentHost.Start(database, FirstModel(), isLed, options =>
        {
            Configure(options, isPerModelCall: true);
            options.ChatOptions!.Tools = [AIFunctionFactory.Create(LookAsync, "get_order")];
        });

        await host.Agent.AskAsync(isStreaming, _sessionId, "Where is it?");

        Assert.Equal(FirstTurn[..2], seen);

        async Task<string> LookAsync(int number)
        {
            seen = [.. (await database.Factory.Create(_sessionId).ListMessagesAsync(AgentHost.AgentName)).Select(message => ScriptedRequest.Show(message.Message))];
            return $"{number}";
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_SameAgentSession_ContinuesIt(bool isStreaming)
    {
        var model = new ScriptedModel("One", "Two", "Three");
        await using var host = AgentHost.Start(database, model);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await host.Agent.AskAsync(isStreaming, session, "a");
        await host.Agent.AskAsync(!isStreaming, session, "b");
        await host.Agent.AskAsync(isStreaming, session, "c");

        Assert.Equal(["user: a", "assistant: One", "user: b", "assistant: Two", "user: c"], model.Requests[2].Lines);
        Assert.Equal(6, (await host.ListAsync(_sessionId)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ParallelRunsOfOneAgent_KeepTheirSessionsApart(bool isStreaming)
    {
        var model = new ScriptedModel(request => new ScriptedAnswer(new TextContent($"to {request.Messages[^1].Text}")));
        await using var host = AgentHost.Start(database, model);
        string[] sessionIds = [.. Enumerable.Range(0, 20).Select(_ => DatabaseFixture.NewSessionId())];

        await Task.WhenAll(sessionIds.Select(id => host.Agent.AskAsync(isStreaming, id, id)));

        foreach (var id in sessionIds)
        {
            Assert.Equal([$"user: {id}", $"assistant: to {id}"], await host.ListAsync(id));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ParallelFirstRunsOfOneAgentSession_EndUpInOneSession(bool isLed)
    {
        await using var host = AgentHost.Start(database, new ScriptedModel(_ => "Hi"), isLed);
        var session = await host.Agent.CreateSessionAsync(Cancellation);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => host.Agent.AskAsync(i % 2 == 0, session, $"Hello {i}")));

        Assert.Equal(16, (await host.ListAsync(session.GetSessionId()!)).Count);
    }

    [Fact]
    public async Task RunAsync_WithinAWindow_GivesTheModelItsEndAndKeepsAll()
    {
        var model = new ScriptedModel(_ => "Hi");
        await using var host = AgentHost.Start(
            database, model, configureOptions: options => options.Window = new HistoryWindow { MaxMessages = 5, MessagesAfterTrim = 3 });
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        for (var i = 0; i < 4; i++)
        {
            await host.Agent.AskAsync(isStreaming: false, session, $"{i}");
        }

        Assert.Equal(["user: 2", "assistant: Hi", "user: 3"], model.Requests[3].Lines);
        Assert.Equal(8, (await host.ListAsync(_sessionId)).Count);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_FirstMessageWasRefused_StoresTheNext(bool isLed, bool isStreaming, bool isPerModelCall)
    {
        var model = new ScriptedModel(_ => "Hi");
        await using var host = AgentHost.Start(
            database, model, isLed, options => Configure(options, isPerModelCall), options => options.Window = new HistoryWindow { MaxMessages = 6 });
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        ChatMessage unstorable = new(ChatRole.User, "Hello") { AdditionalProperties = new() { ["callback"] = new Action(() => { }) } };

        await Assert.ThrowsAnyAsync<ArgumentException>(() => host.Agent.AskAsync(isStreaming, session, unstorable));
        await host.Agent.AskAsync(isStreaming, session, "Hello");

        Assert.Equal(["user: Hello", "assistant: Hi"], await host.ListAsync(_sessionId));
        Assert.Equal(["user: Hello"], model.Requests[^1].Lines);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_DeveloperMessageFirst_IsConfiguration(bool isLed, bool isStreaming, bool isPerModelCall)
    {
        var model = new ScriptedModel(_ => "Hi");
        await using var host = AgentHost.Start(database, model, isLed, options => Configure(options, isPerModelCall));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        ChatMessage developer = new(new ChatRole("developer"), "Be brief.");

        await host.Agent.AskAsync(isStreaming, session, developer, new ChatMessage(ChatRole.User, "Hello"));
        await host.Agent.AskAsync(isStreaming, session, developer, new ChatMessage(ChatRole.User, "And you?"));

        Assert.Equal(["user: Hello", "assistant: Hi", "user: And you?", "assistant: Hi"], await host.ListAsync(_sessionId));
        Assert.Single(model.Requests[1].Lines, "developer: Be brief.");
    }

    private static ScriptedModel FirstModel() => new(
        new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))) { Usage = Usage(10, 1) },
        new ScriptedAnswer(new TextContent("On its way.")) { Usage = Usage(20, 2) });

    private static ScriptedModel SecondModel() => new(
        new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 2)), ScriptedModel.Call("get_order", ("number", 3))) { Usage = Usage(30, 3) },
        new ScriptedAnswer(new TextContent("Both are.")) { Usage = Usage(40, 4) });

    private static void Configure(ChatClientAgentOptions options, bool isPerModelCall)
    {
        options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall;
        options.ChatOptions!.Tools = [ScriptedPipeline.Tool("get_order")];
    }

    private static UsageDetails Usage(long input, long output) => new() { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output };
}
