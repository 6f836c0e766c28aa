using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// UseSessionManager in the chat pipeline of an agent, without a history provider and beside one.
/// </summary>
public sealed class PipelineTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool> Ways { get; } = new([false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_SessionsInThePipelineOnly_ContinueInAnotherHost(bool isInside, bool isStreaming)
    {
        var first = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))) { Usage = Usage(10) },
            new ScriptedAnswer(new TextContent("On its way.")) { Usage = Usage(20) });
        var second = new ScriptedModel(new ScriptedAnswer(new TextContent("Yes.")) { Usage = Usage(40) });

        await AskAsync(first, isInside, isStreaming, "Where is it?");
        await AskAsync(second, isInside, isStreaming, "Sure?");

        string[] firstTurn = ["user: Where is it?", "assistant: call get_order", "tool: result get_order 1", "assistant: On its way."];
        Assert.Equal([.. firstTurn, "user: Sure?"], second.Requests[0].Lines);
        var session = database.Factory.Create(_sessionId);
        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([.. firstTurn, "user: Sure?", "assistant: Yes."], stored.Select(message => ScriptedRequest.Show(message.Message)));
        Assert.Equal(70, (await session.GetUsageAsync(Cancellation)).Total.InputTokens);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_BothButNoConversationId_LetsTheProviderKeepIt(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel("One", "Two");
        var agent = CreateAgent(model.Build(database.Services, isInside), isPerModelCall: false).WithSessionManager();

        await agent.AskAsync(isStreaming, _sessionId, "a");
        await agent.AskAsync(isStreaming, _sessionId, "b");

        Assert.Equal(["user: a", "assistant: One", "user: b"], model.Requests[1].Lines);
        Assert.Equal(4, await database.Factory.Create(_sessionId).GetMessageCountAsync("support", Cancellation));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_BothWithConversationId_ThrowsWithoutCallingTheModel(bool isPerModelCall, bool isStreaming)
    {
        var model = new ScriptedModel("Hi");
        var agent = CreateAgent(model.Build(database.Services, isInside: true), isPerModelCall);
        var session = await agent.CreateSessionAsync(_sessionId, Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => agent.WithSessionManager().AskAsync(isStreaming, session, "Hello"));

        Assert.Contains("UseSessionManager", error.Message, StringComparison.Ordinal);
        Assert.Contains("SetSessionId", error.Message, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
        Assert.False(await database.Factory.Create(_sessionId).SessionExistsAsync(Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_BothWithConversationIdAndTheProviderAlone_ThrowsAndDoesNotKeepItTwice(bool isStreaming)
    {
        var agent = CreateAgent(new ScriptedModel("Hi").Build(database.Services, isInside: true), isPerModelCall: true);
        var session = await agent.CreateSessionAsync(_sessionId, Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => agent.AskAsync(isStreaming, session, "Hello"));

        Assert.Contains("UseSessionManager", error.Message, StringComparison.Ordinal);
        Assert.Null(session.GetSessionId());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_BothWithConversationIdAndTheProviderAtTheRunsEnd_IsRefusedByAgentFramework(bool isStreaming)
    {
        // It asks the provider for nothing then, so that only the pipeline has kept the run.
        var agent = CreateAgent(new ScriptedModel("Hi").Build(database.Services, isInside: true), isPerModelCall: false);
        var session = await agent.CreateSessionAsync(_sessionId, Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => agent.AskAsync(isStreaming, session, "Hello"));

        Assert.Contains("Only ConversationId or ChatHistoryProvider may be used", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await database.Factory.Create(_sessionId).GetMessageCountAsync("support", Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ProviderWithConversationId_ThrowsWithoutCallingTheModel(bool isStreaming)
    {
        var model = new ScriptedModel("Hi");
        var agent = CreateAgent(model, isPerModelCall: false);
        var session = await agent.CreateSessionAsync(_sessionId, Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => agent.WithSessionManager().AskAsync(isStreaming, session, "Hello"));

        Assert.Contains("conversation id", error.Message, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ConversationIdOfTheRun_DoesNotPassUnkept(bool isStreaming)
    {
        // By it, Agent Framework does not ask the provider, and nobody else can see it before the run.
        var agent = CreateAgent(new ServiceThatKeepsHistories("Hi"), isPerModelCall: false, options => options.ThrowOnChatHistoryProviderConflict = false).WithSessionManager();
        var session = await agent.OpenSessionAsync(_sessionId, Cancellation);
        var options = new ChatClientAgentRunOptions(new ChatOptions { ConversationId = "elsewhere" });

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => isStreaming
            ? agent.RunStreamingAsync("Hello", session, options, Cancellation).ToAgentResponseAsync(Cancellation)
            : agent.RunAsync("Hello", session, options, Cancellation));

        Assert.Contains("nothing of this run was kept", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ConversationIdOfARunWithAnotherAgentInside_DoesNotPassUnkept()
    {
        await using var inner = AgentHost.Start(database, new ScriptedModel("Inner"), isLed: false, options => options.Name = "expert");
        var tool = AIFunctionFactory.Create(async () => (await inner.Agent.RunAsync("Inner?", cancellationToken: Cancellation)).Text, "expert");
        var agent = CreateAgent(
            new ServiceThatKeepsHistories(new ScriptedAnswer(ScriptedModel.Call("expert")), "Hi"),
            isPerModelCall: false,
            options => (options.ThrowOnChatHistoryProviderConflict, options.ChatOptions) = (false, new ChatOptions { Tools = [tool] })).WithSessionManager();
        var session = await agent.OpenSessionAsync(_sessionId, Cancellation);
        var options = new ChatClientAgentRunOptions(new ChatOptions { ConversationId = "elsewhere" });

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => agent.RunAsync("Hello", session, options, Cancellation));

        Assert.Contains("nothing of this run was kept", error.Message, StringComparison.Ordinal);
    }

    private async Task AskAsync(ScriptedModel model, bool isInside, bool isStreaming, string text)
    {
        await using var host = database.CreateServices();
        var agent = model.Build(host, isInside).AsAIAgent(
            new ChatClientAgentOptions { Name = "support", ChatOptions = new ChatOptions { Tools = [ScriptedPipeline.Tool("get_order")] } });
        await agent.AskAsync(isStreaming, await agent.CreateSessionAsync(_sessionId, Cancellation), text);
    }

    private ChatClientAgent CreateAgent(IChatClient client, bool isPerModelCall, Action<ChatClientAgentOptions>? configure = null)
    {
        var options = new ChatClientAgentOptions
        {
            Name = "support",
            ChatHistoryProvider = new SessionChatHistoryProvider(database.Factory),
            RequirePerServiceCallChatHistoryPersistence = isPerModelCall,
        };
        configure?.Invoke(options);
        return client.AsAIAgent(options);
    }

    private static UsageDetails Usage(long input) => new() { InputTokenCount = input };

    // Takes anything: the calls that a request brings the results of are in the history that the service keeps.
    private sealed class ServiceThatKeepsHistories(params ScriptedAnswer[] answers) : DelegatingChatClient(new ScriptedModel(answers) { TakesAnything = true })
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            response.ConversationId = options?.ConversationId;
            return response;
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                update.ConversationId = options?.ConversationId;
                yield return update;
            }
        }
    }
}
