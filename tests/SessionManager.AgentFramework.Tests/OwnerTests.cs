using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// Whose the session of a run is: by the run, by its agent session, by the store's partitions, and by the provider.
/// </summary>
public sealed class OwnerTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly SessionOwner Alice = new() { Tenant = "acme", User = "alice" };
    private static readonly SessionOwner Bob = new() { Tenant = "acme", User = "bob" };

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_OwnersAtEachPlace_TheNearestToTheRunCounts(bool isStreaming)
    {
        await using var host = AgentHost.Start(database, new ScriptedModel(_ => "Hi"));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        await host.Agent.AskAsync(isStreaming, session, "nobody's");
        session.SetSessionOwner(Alice);
        await host.Agent.AskAsync(isStreaming, session, "Alice's");
        await AskAsBobAsync(host.Agent, session, isStreaming);

        Assert.Equal(["user: nobody's", "assistant: Hi"], await ListAsync(SessionOwner.None));
        Assert.Equal(["user: Alice's", "assistant: Hi"], await ListAsync(Alice));
        Assert.Equal(["user: Bob's", "assistant: Hi"], await ListAsync(Bob));
    }

    [Fact]
    public async Task SetSessionOwner_SerializedAndRestored_IsSaidAnew()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel(_ => "Hi"));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        session.SetSessionOwner(Alice);
        var serialized = await host.Agent.SerializeSessionAsync(session, cancellationToken: Cancellation);
        Assert.DoesNotContain("alice", serialized.GetRawText(), StringComparison.OrdinalIgnoreCase);

        var restored = await host.Agent.DeserializeSessionAsync(serialized, cancellationToken: Cancellation);
        await host.Agent.AskAsync(isStreaming: false, restored, "nobody's");

        Assert.Equal(["user: nobody's", "assistant: Hi"], await ListAsync(SessionOwner.None));
        Assert.Empty(await ListAsync(Alice));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Store_PartitionsOfTenantAndUser_AreTheOwner(bool isStreaming)
    {
        await using var host = AgentHost.Start(database, new ScriptedModel(_ => "Hi"));
        var store = new SessionManagerAgentSessionStore(host.Sessions, host.Storage);
        foreach (var owner in (SessionOwner[])[Alice, Bob])
        {
            var key = ToKey(owner);
            Assert.Null(await store.GetSessionAsync(host.Agent, key, Cancellation));
            var session = await store.GetOrCreateSessionAsync(host.Agent, key, Cancellation);
            session.StateBag.SetValue("user", owner.User);
            await host.Agent.AskAsync(isStreaming, session, $"{owner.User}'s");
            await store.SaveSessionAsync(host.Agent, key, session, Cancellation);
        }

        foreach (var owner in (SessionOwner[])[Alice, Bob])
        {
            var restored = await store.GetSessionAsync(host.Agent, ToKey(owner), Cancellation);
            Assert.Equal(owner.User, restored!.StateBag.GetValue<string>("user"));
            await host.Agent.AskAsync(isStreaming, restored, "again");
            Assert.Equal([$"user: {owner.User}'s", "assistant: Hi", "user: again", "assistant: Hi"], await ListAsync(owner));
        }

        await store.DeleteSessionAsync(host.Agent, ToKey(Alice), Cancellation);
        Assert.Empty(await ListAsync(Alice));
        Assert.NotEmpty(await ListAsync(Bob));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_Provider_NamesTheOwnerAndRefusesNobody(bool isStreaming)
    {
        SessionOwner? caller = Alice;
        var model = new ScriptedModel(_ => "Hi");
        await using var services = database.CreateServices(register: services =>
        {
            services.AddSingleton<ISessionOwnerProvider>(new CallbackProvider(() => caller));
            services.AddSessionAIAgent("support", (_, session) => model.AsAIAgent(new ChatClientAgentOptions
            {
                Name = "support",
                ChatHistoryProvider = session.ChatHistoryProvider,
                AIContextProviders = [session.MetadataProvider],
            }));
        });
        var agent = services.GetRequiredKeyedService<AIAgent>("support");
        var store = services.GetRequiredKeyedService<AgentSessionStore>("support");
        var key = new AgentSessionStoreKey(_sessionId);
        var session = await store.GetOrCreateSessionAsync(agent, key, Cancellation);
        await agent.AskAsync(isStreaming, session, "Alice's");
        await store.SaveSessionAsync(agent, key, session, Cancellation);

        caller = Bob;
        Assert.Null(await store.GetSessionAsync(agent, key, Cancellation));
        var forged = await agent.OpenSessionAsync(_sessionId, Cancellation);
        await agent.AskAsync(isStreaming, forged, "Bob's");
        Assert.Equal(["user: Alice's", "assistant: Hi"], await ListAsync(Alice));
        Assert.Equal(["user: Bob's", "assistant: Hi"], await ListAsync(Bob));

        caller = null;
        var calls = model.Requests.Count;
        await Assert.ThrowsAsync<SessionOwnerRequiredException>(() => agent.AskAsync(isStreaming, forged, "whose?"));
        await Assert.ThrowsAsync<SessionOwnerRequiredException>(async () => await store.GetSessionAsync(agent, key, Cancellation));
        Assert.Equal(calls, model.Requests.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_RequireExisting_RefusesWhatIsNotThere(bool isStreaming)
    {
        var model = new ScriptedModel(_ => "Hi");
        await using var host = AgentHost.Start(database, model, configureOptions: options => options.RequireExisting = true);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await Assert.ThrowsAsync<SessionNotFoundException>(() => host.Agent.AskAsync(isStreaming, session, "Hello"));
        Assert.Empty(model.Requests);

        await database.Factory.Create(_sessionId).CreateSessionAsync(Cancellation);
        await host.Agent.AskAsync(isStreaming, session, "Hello");
        Assert.Equal(["user: Hello", "assistant: Hi"], await ListAsync(SessionOwner.None));
    }

    private static async Task AskAsBobAsync(AIAgent agent, AgentSession session, bool isStreaming)
    {
        var options = new AgentRunOptions().With(new SessionRequest { Owner = Bob });
        if (isStreaming)
        {
            await agent.RunStreamingAsync("Bob's", session, options, Cancellation).CountAsync(Cancellation);
        }
        else
        {
            await agent.RunAsync("Bob's", session, options, Cancellation);
        }
    }

    private AgentSessionStoreKey ToKey(SessionOwner owner) =>
        new(_sessionId, new Dictionary<string, string> { ["user"] = owner.User!, ["tenant"] = owner.Tenant! });

    private async Task<List<string>> ListAsync(SessionOwner owner)
    {
        var messages = await database.Factory.ForOwner(owner).Create(_sessionId).ListMessagesAsync("support", null, Cancellation);
        return [.. messages.Select(message => $"{message.Message.Role}: {message.Message.Text}")];
    }

    private sealed class CallbackProvider(Func<SessionOwner?> getOwner) : ISessionOwnerProvider
    {
        public SessionOwner? GetOwner() => getOwner();
    }
}
