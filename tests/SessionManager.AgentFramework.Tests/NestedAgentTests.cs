using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// Agents that run inside the runs of others.
/// </summary>
public sealed class NestedAgentTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool> Ways { get; } = new([false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_AgentAsToolOfAnother_KeepsBothRunsApart(bool isLed, bool isStreaming)
    {
        await using var inner = AgentHost.Start(database, new ScriptedModel(new ScriptedAnswer(new TextContent("42")) { Usage = Usage(5) }), isLed, options => options.Name = "expert");
        var innerSession = await inner.Agent.OpenSessionAsync(_sessionId, Cancellation);
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("expert", ("query", "Six times seven?"))) { Usage = Usage(100) },
            new ScriptedAnswer(new TextContent("It is 42.")) { Usage = Usage(200) });
        await using var host = AgentHost.Start(
            database, model, isLed, options => options.ChatOptions!.Tools = [inner.Agent.AsAIFunction(session: innerSession)]);

        await host.Agent.AskAsync(isStreaming, _sessionId, "What is it?");

        Assert.Equal(["user: Six times seven?", "assistant: 42"], await host.ListAsync(_sessionId, "expert"));
        Assert.Equal(["user: What is it?", "assistant: call expert", "tool: result 42", "assistant: It is 42."], await host.ListAsync(_sessionId));
        var usage = (await host.GetUsageAsync(_sessionId)).Agents.ToDictionary(agent => agent.AgentId, agent => agent.Metrics.InputTokens);
        Assert.Equal(isLed ? (300, 5) : (0, 0), (usage.GetValueOrDefault("support"), usage.GetValueOrDefault("expert")));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_UnledAgentWithTheSameProviderInside_KeepsBothRunsApart(bool isOfOneAgentSession, bool isStreaming)
    {
        var provider = new SessionChatHistoryProvider(database.Factory);
        var inner = new ScriptedModel("42").AsAIAgent(new ChatClientAgentOptions { Name = "expert", ChatHistoryProvider = provider });
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("expert", ("query", "Six times seven?"))), "It is 42.");
        AgentSession? innerSession = null;
        var tool = AIFunctionFactory.Create(async (string query) => (await inner.RunAsync(query, innerSession, cancellationToken: Cancellation)).Text, "expert");
        await using var host = AgentHost.Start(database, model, configure: options =>
        {
            options.ChatHistoryProvider = provider;
            options.ChatOptions!.Tools = [tool];
        });
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        innerSession = isOfOneAgentSession ? session : await inner.OpenSessionAsync(_sessionId, Cancellation);

        await host.Agent.AskAsync(isStreaming, session, "What is it?");

        Assert.Equal(["user: Six times seven?", "assistant: 42"], await host.ListAsync(_sessionId, "expert"));
        Assert.Equal(["user: What is it?", "assistant: call expert", "tool: result 42", "assistant: It is 42."], await host.ListAsync(_sessionId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_AgentThatRunsTwiceInALedRun_IsKeptInItsOrder(bool isStreaming)
    {
        // As LoopAgent and ToolApprovalAgent do.
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("One")) { Usage = Usage(1) }, new ScriptedAnswer(new TextContent("Two")) { Usage = Usage(2) });
        await using var host = AgentHost.Start(database, model, isLed: false);
        var agent = new TwiceRunningAgent(host.Agent).WithSessionManager();

        await agent.AskAsync(isStreaming, await agent.OpenSessionAsync(_sessionId, Cancellation), "a");

        Assert.Equal(["user: a", "assistant: One", "user: Go on."], model.Requests[1].Lines);
        Assert.Equal(["user: a", "assistant: One", "user: Go on.", "assistant: Two"], await host.ListAsync(_sessionId));
        Assert.Equal(3, (await host.GetUsageAsync(_sessionId)).Total.InputTokens);
    }

    private static UsageDetails Usage(long input) => new() { InputTokenCount = input };

    private sealed class TwiceRunningAgent(AIAgent agent) : DelegatingAIAgent(agent)
    {
        private static readonly ChatMessage[] More = [new(ChatRole.User, "Go on.")];

        protected override async Task<AgentResponse> RunCoreAsync(
            IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
        {
            var first = await InnerAgent.RunAsync(messages, session, options, cancellationToken);
            var second = await InnerAgent.RunAsync(More, session, options, cancellationToken);
            first.Usage!.Add(second.Usage!);
            second.Usage = first.Usage;
            return second;
        }

        protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
            IEnumerable<ChatMessage> messages,
            AgentSession? session = null,
            AgentRunOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in InnerAgent.RunStreamingAsync(messages, session, options, cancellationToken))
            {
                yield return update;
            }

            await foreach (var update in InnerAgent.RunStreamingAsync(More, session, options, cancellationToken))
            {
                yield return update;
            }
        }
    }
}
