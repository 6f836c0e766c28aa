using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

public sealed class SessionManagerAgentSessionStoreTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private AgentSessionStoreKey Key => new(_sessionId);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetSessionAsync_SavedByAnotherHost_RestoresStateAndContinues(bool isStreaming)
    {
        var approvals = new List<ToolApprovalRequestContent>();
        await using (var host = AgentHost.Start(database, new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 7)))), configure: WithApproval))
        {
            var store = CreateStore(host);
            var session = await store.GetOrCreateSessionAsync(host.Agent, Key, Cancellation);
            session.StateBag.SetValue("a.b$", "text");
            var response = await host.Agent.AskAsync(isStreaming, session, "Refund it.");
            approvals.AddRange(response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>());
            await store.SaveSessionAsync(host.Agent, Key, session, Cancellation);
        }

        var model = new ScriptedModel("Done.");
        await using var next = AgentHost.Start(database, model, configure: WithApproval);
        var restored = await CreateStore(next).GetSessionAsync(next.Agent, Key, Cancellation);
        await next.Agent.AskAsync(isStreaming, restored!, new ChatMessage(ChatRole.User, [Assert.Single(approvals).CreateResponse(approved: true)]));

        Assert.Equal("text", restored!.StateBag.GetValue<string>("a.b$"));
        Assert.Equal(_sessionId, restored.GetSessionId());
        Assert.Contains("tool: result refund 7", model.Requests[0].Lines);
        Assert.Equal("assistant: Done.", (await next.ListAsync(_sessionId))[^1]);
    }

    [Fact]
    public async Task SaveSessionAsync_KnownAgent_TakesOneSmallUpdateWithoutMessages()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel(_ => new string('x', 10_000)));
        var store = CreateStore(host);
        var session = await store.GetOrCreateSessionAsync(host.Agent, Key, Cancellation);
        await host.Agent.AskAsync(isStreaming: false, session, "Hello");
        database.Commands.Clear();

        await store.SaveSessionAsync(host.Agent, Key, session, Cancellation);
        await store.GetSessionAsync(host.Agent, Key, Cancellation);

        Assert.Equal(["update", "find"], database.Commands.Names);
        Assert.InRange(database.Commands.Commands[0].ToString().Length, 1, 1_500);
        Assert.Equal(2, (await host.ListAsync(_sessionId)).Count);
    }

    [Fact]
    public async Task SaveSessionAsync_BeforeTheFirstRun_MakesTheSession()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel("Hi"));
        var store = CreateStore(host);
        var session = await host.Agent.CreateSessionAsync(Cancellation);
        session.StateBag.SetValue("key", "value");

        await store.SaveSessionAsync(host.Agent, Key, session, Cancellation);
        var restored = await store.GetSessionAsync(host.Agent, Key, Cancellation);
        await host.Agent.AskAsync(isStreaming: false, restored!, "Hello");

        Assert.Equal("value", restored!.StateBag.GetValue<string>("key"));
        Assert.Equal(["user: Hello", "assistant: Hi"], await host.ListAsync(_sessionId));
        Assert.Equal("value", (await store.GetSessionAsync(host.Agent, Key, Cancellation))!.StateBag.GetValue<string>("key"));
    }

    [Fact]
    public async Task SaveSessionAsync_HistoryInMemory_IsRefused()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel());
        var agent = new ScriptedModel("Hi").AsAIAgent(new ChatClientAgentOptions { Name = "support" });
        var session = await agent.CreateSessionAsync(Cancellation);
        await agent.RunAsync("Hello", session, cancellationToken: Cancellation);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => CreateStore(host).SaveSessionAsync(agent, Key, session, Cancellation).AsTask());

        Assert.Contains("SessionChatHistoryProvider", error.Message, StringComparison.Ordinal);
        Assert.Null(await CreateStore(host).GetSessionAsync(agent, Key, Cancellation));
    }

    [Fact]
    public async Task SaveSessionAsync_HistoryInMemoryUnderAnotherKey_IsRefused()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel());
        var agent = new ScriptedModel("Hi").AsAIAgent(new ChatClientAgentOptions
        {
            Name = "support",
            ChatHistoryProvider = new InMemoryChatHistoryProvider(new InMemoryChatHistoryProviderOptions { StateKey = "elsewhere" }),
        });
        var session = await agent.CreateSessionAsync(Cancellation);
        await agent.RunAsync("Hello", session, cancellationToken: Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(() => CreateStore(host).SaveSessionAsync(agent, Key, session, Cancellation).AsTask());
    }

    [Fact]
    public async Task GetSessionAsync_NothingSaved_IsNullAndMakesNothing()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel());

        Assert.Null(await CreateStore(host).GetSessionAsync(host.Agent, Key, Cancellation));
        Assert.False(await host.Sessions.Create(_sessionId).SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task GetSessionAsync_Twice_GivesIndependentSessions()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel());
        var store = CreateStore(host);
        await store.SaveSessionAsync(host.Agent, Key, await host.Agent.CreateSessionAsync(Cancellation), Cancellation);

        var first = await store.GetSessionAsync(host.Agent, Key, Cancellation);
        var second = await store.GetSessionAsync(host.Agent, Key, Cancellation);
        first!.StateBag.SetValue("key", "value");

        Assert.Null(second!.StateBag.GetValue<string>("key"));
    }

    [Fact]
    public async Task Key_Partitions_KeepSessionsApart()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel(_ => "Hi"));
        var store = CreateStore(host);
        AgentSessionStoreKey[] keys =
        [
            Key,
            Key.WithPartition("region", "a"),
            Key.WithPartition("shop", "b").WithPartition("region", "a"),
            Key.WithPartition("region", "a/shop=b"),
            new($"shop=b/{_sessionId}", new Dictionary<string, string> { ["region"] = "a" }),
            Key.WithPartition("region", "a").WithPartition("tenant", "acme"),
        ];

        var ids = new List<string?>();
        foreach (var key in keys)
        {
            ids.Add((await store.GetOrCreateSessionAsync(host.Agent, key, Cancellation)).GetSessionId());
        }

        Assert.Equal(
            [
                _sessionId,
                $"region=a/{_sessionId}",
                $"region=a/shop=b/{_sessionId}",
                $"region=a%2Fshop%3Db/{_sessionId}",
                $"region=a/shop%3Db%2F{_sessionId}",
                $"region=a/{_sessionId}",
            ],
            ids);
    }

    [Fact]
    public async Task DeleteSessionAsync_Always_DeletesTheMessagesToo()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel("Hi"));
        var store = CreateStore(host);
        var session = await store.GetOrCreateSessionAsync(host.Agent, Key, Cancellation);
        await host.Agent.AskAsync(isStreaming: false, session, "Hello");
        await store.SaveSessionAsync(host.Agent, Key, session, Cancellation);

        await store.DeleteSessionAsync(host.Agent, Key, Cancellation);
        await store.DeleteSessionAsync(host.Agent, Key, Cancellation);

        Assert.Null(await store.GetSessionAsync(host.Agent, Key, Cancellation));
        Assert.Empty(await host.ListAsync(_sessionId));
    }

    [Fact]
    public async Task Constructor_AnotherDatabase_Throws()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel());
        var options = new SessionAIAgentOptions { ManagerOptions = new SessionManagerOptions { DatabaseName = "other" } };

        Assert.Throws<ArgumentException>("options", () => new SessionManagerAgentSessionStore(host.Sessions, host.Storage, options));
        Assert.Throws<ArgumentNullException>("sessions", () => new SessionManagerAgentSessionStore(null!, host.Storage));
        Assert.Throws<ArgumentNullException>("storage", () => new SessionManagerAgentSessionStore(host.Sessions, null!));
    }

    private static SessionManagerAgentSessionStore CreateStore(AgentHost host) => new(host.Sessions, host.Storage);

    private static void WithApproval(ChatClientAgentOptions options) =>
        options.ChatOptions!.Tools = [new ApprovalRequiredAIFunction(ScriptedPipeline.Tool("refund"))];
}
