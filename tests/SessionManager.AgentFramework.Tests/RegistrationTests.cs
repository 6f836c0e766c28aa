using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace SessionManager.AgentFramework.Tests;

public sealed class RegistrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly ServiceCollection _services = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddSessionAIAgent_AgentWithoutName_IsKeptUnderItsKey()
    {
        _services.AddMongoSessionManager(Configure);
        _services.AddSessionAIAgent("support", static (_, session) => Create(session));
        await using var provider = Build();

        var agent = provider.GetRequiredKeyedService<AIAgent>("support");
        await agent.AskAsync(isStreaming: false, _sessionId, "Hello");

        Assert.Same(agent, provider.GetRequiredKeyedService<AIAgent>("support"));
        Assert.Equal(2, await provider.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).GetMessageCountAsync("support", Cancellation));
        Assert.Equal(4, (await provider.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).GetUsageAsync(Cancellation)).Total.InputTokens);
    }

    [Fact]
    public async Task AddSessionAIAgent_KeyedSessions_AreUsed()
    {
        _services.AddSessionAIAgent("support", static (_, session) => Create(session), serviceKey: "eu");
        _services.AddMongoSessionManager(Configure);
        _services.AddKeyedMongoSessionManager("eu", options =>
        {
            Configure(options);
            options.CollectionName = "eu";
        });
        await using var provider = Build();

        await provider.GetRequiredKeyedService<AIAgent>("support").AskAsync(isStreaming: true, _sessionId, "Hello");
        var session = await provider.GetRequiredKeyedService<AgentSessionStore>("support").GetOrCreateSessionAsync(
            provider.GetRequiredKeyedService<AIAgent>("support"), new AgentSessionStoreKey(_sessionId), Cancellation);

        Assert.Equal(_sessionId, session.GetSessionId());
        Assert.False(await provider.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).SessionExistsAsync(Cancellation));
        Assert.Equal(2, await provider.GetRequiredKeyedService<ISessionManagerFactory>("eu").Create(_sessionId).GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AddSessionAIAgent_TwoAgents_ShareASession()
    {
        _services.AddMongoSessionManager(Configure);
        _services.AddSessionAIAgent("support", static (_, session) => Create(session));
        _services.AddSessionAIAgent("billing", static (_, session) => Create(session), options => options.AgentId = "accounts");
        await using var provider = Build();

        await provider.GetRequiredKeyedService<AIAgent>("support").AskAsync(isStreaming: false, _sessionId, "Hello");
        await provider.GetRequiredKeyedService<AIAgent>("billing").AskAsync(isStreaming: false, _sessionId, "Hello");

        var agents = await provider.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).ListAgentsAsync(Cancellation);
        Assert.Equal(["support", "accounts"], agents.Select(agent => agent.AgentId));
    }

    [Fact]
    public async Task AddSessionAIAgent_InMemory_Works()
    {
        _services.AddInMemorySessionManager();
        _services.AddSessionAIAgent("support", static (_, session) => Create(session));
        await using var provider = Build();

        await provider.GetRequiredKeyedService<AIAgent>("support").AskAsync(isStreaming: false, _sessionId, "Hello");

        Assert.Equal(2, await provider.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task AddSessionAIAgent_RegisteredClock_TimesTheModelCall()
    {
        var clock = new FakeTimeProvider();
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Hi"))
        {
            WhenCalled = () => clock.Advance(TimeSpan.FromSeconds(3)),
            Usage = new UsageDetails { InputTokenCount = 1 },
        });
        _services.AddSingleton<TimeProvider>(clock);
        _services.AddInMemorySessionManager();
        _services.AddSessionAIAgent("support", (_, session) => Create(session, model));
        await using var provider = Build();

        await provider.GetRequiredKeyedService<AIAgent>("support").AskAsync(isStreaming: true, _sessionId, "Hello");

        var total = (await provider.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).GetUsageAsync(Cancellation)).Total;
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)), (total.Latency, total.TimeToFirstByte));
    }

    [Fact]
    public void AddSessionAIAgent_SameNameTwice_Throws()
    {
        _services.AddSessionAIAgent("support", static (_, session) => Create(session));

        var error = Assert.Throws<InvalidOperationException>(() => _services.AddSessionAIAgent("support", static (_, session) => Create(session)));

        Assert.Contains("'support'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddSessionAIAgent_AgentWithoutTheProvider_SaysWhatToDo()
    {
        _services.AddInMemorySessionManager();
        _services.AddSessionAIAgent("support", static (_, _) => new ScriptedModel().AsAIAgent(name: "support"));
        using var provider = Build();

        var error = Assert.Throws<ArgumentException>(() => provider.GetRequiredKeyedService<AIAgent>("support"));

        Assert.Contains("ChatHistoryProvider", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithSessionManager_WrappedAlready_StaysAsItIs()
    {
        _services.AddInMemorySessionManager();
        _services.AddSessionAIAgent("support", static (_, session) => Create(session).WithSessionManager().AsBuilder().UseOpenTelemetry().Build());
        using var provider = Build();

        var agent = provider.GetRequiredKeyedService<AIAgent>("support");

        Assert.Same(agent, agent.WithSessionManager());
        Assert.IsNotType<SessionAIAgent>(agent);
        Assert.Throws<ArgumentException>("innerAgent", () => new SessionAIAgent(agent));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void AddSessionAIAgent_BlankName_Throws(string? name) =>
        Assert.ThrowsAny<ArgumentException>(() => _services.AddSessionAIAgent(name!, static (_, session) => Create(session)));

    [Fact]
    public void AddSessionAIAgent_NullArgument_Throws()
    {
        Assert.Throws<ArgumentNullException>("services", () => SessionAIAgentServiceCollectionExtensions.AddSessionAIAgent(null!, "a", static (_, session) => Create(session)));
        Assert.Throws<ArgumentNullException>("createAgent", () => _services.AddSessionAIAgent("a", null!));
    }

    private static ChatClientAgent Create(SessionAIAgentContext session, ScriptedModel? model = null) =>
        (model ?? new ScriptedModel(new ScriptedAnswer(new TextContent("Hi")) { Usage = new UsageDetails { InputTokenCount = 4 } })).AsAIAgent(
            new ChatClientAgentOptions { ChatHistoryProvider = session.ChatHistoryProvider, AIContextProviders = [session.MetadataProvider] });

    private void Configure(MongoSessionManagerOptions options)
    {
        options.ConnectionString = database.ConnectionString;
        options.DatabaseName = database.DatabaseName;
    }

    private ServiceProvider Build() => _services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
}
