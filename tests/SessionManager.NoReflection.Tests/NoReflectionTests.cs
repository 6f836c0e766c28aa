using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SessionManager.Testing.Models;

namespace SessionManager.NoReflection.Tests;

public sealed class NoReflectionTests : IAsyncDisposable
{
    private readonly JsonSerializerOptions _serializerOptions = new(AIJsonUtilities.DefaultOptions);
    private readonly ServiceProvider _services;

    public NoReflectionTests()
    {
        _serializerOptions.TypeInfoResolverChain.Add(TicketContext.Default);
        var services = new ServiceCollection();
        services.AddInMemorySessionManager();
        services.AddKeyedInMemorySessionManager("tickets", options => options.SerializerOptions = _serializerOptions);
        _services = services.BuildServiceProvider();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Process_HasJsonWithoutReflection() => Assert.False(JsonSerializer.IsReflectionEnabledByDefault);

    [Fact]
    public async Task Case28_AgentSession_IsSavedAndRestored()
    {
        var sessions = _services.GetRequiredService<ISessionManagerFactory>();
        AIAgent agent = new ScriptedModel("Hi").AsAIAgent(new ChatClientAgentOptions
        {
            Name = "support",
            ChatHistoryProvider = new SessionChatHistoryProvider(sessions),
        });
        var store = new SessionManagerAgentSessionStore(sessions, _services.GetRequiredService<SessionStorageProvider>().DefaultStorage);
        var key = new AgentSessionStoreKey("customer-42");
        var session = await store.GetOrCreateSessionAsync(agent, key, Cancellation);
        session.StateBag.SetValue("mood", "calm");
        await agent.RunAsync("Hello", session, cancellationToken: Cancellation);

        // The first adds the state to the session, the second replaces it.
        await store.SaveSessionAsync(agent, key, session, Cancellation);
        await store.SaveSessionAsync(agent, key, session, Cancellation);
        var restored = await store.GetSessionAsync(agent, key, Cancellation);

        Assert.Equal("calm", restored?.StateBag.GetValue<string>("mood"));
        Assert.Equal("customer-42", restored?.GetSessionId());
    }

    [Fact]
    public async Task Case28_Metadata_IsStoredReadAndStoredAgain()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(
            new Dictionary<string, object?>
            {
                ["number"] = "T-1",
                ["priority"] = 3,
                ["list"] = new List<object?> { 1, "two", new Dictionary<string, object?> { ["three"] = null } },
                ["texts"] = new[] { "a", "b" },
                ["day"] = new DateOnly(2026, 1, 2),
                ["json"] = JsonElement.Parse("""{"a":[1.5]}"""),
                ["node"] = new JsonObject { ["b"] = 1 },
            },
            Cancellation);
        var read = await session.GetMetadataAsync(cancellationToken: Cancellation);
        await session.UpdateMetadataAsync(read!, Cancellation);

        var ticket = await session.GetMetadataAsync<Ticket>(TicketContext.Default.Options, Cancellation);
        var element = await session.GetMetadataAsync<JsonElement>(cancellationToken: Cancellation);
        var told = await session.GetMetadataTool().InvokeAsync(new AIFunctionArguments { ["action"] = "get" }, Cancellation);

        Assert.Equal(new Ticket("T-1", 3), ticket);
        const string Json =
            """{"number":"T-1","priority":3,"list":[1,"two",{"three":null}],"texts":["a","b"],"day":"2026-01-02","json":{"a":[1.5]},"node":{"b":1}}""";
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Json), element), element.GetRawText());
        Assert.Contains("\"number\":\"T-1\"", told?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case28_MetadataAsATypeThatNoOptionsKnow_SaysWhatToGive()
    {
        var session = await CreateSessionAsync();
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["number"] = "T-1" }, Cancellation);

        var exception = await Assert.ThrowsAsync<NotSupportedException>(() => session.GetMetadataAsync<Ticket>(cancellationToken: Cancellation));

        Assert.Contains(typeof(Ticket).FullName!, exception.Message, StringComparison.Ordinal);
        Assert.Contains("serializerOptions", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case28_ObjectAsMetadata_SaysWhatToGive()
    {
        var session = await CreateSessionAsync();

        var exception = await Assert.ThrowsAsync<ArgumentException>(() =>
            session.UpdateMetadataAsync(new Dictionary<string, object?> { ["ticket"] = new Ticket("T-1", 3) }, Cancellation));

        Assert.Contains($"is of type {typeof(Ticket)}, which cannot be stored without reflection", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case28_Messages_AreStoredWithTheOptionsGiven()
    {
        var message = new ChatMessage(ChatRole.Assistant,
        [
            new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["ticket"] = new Ticket("T-1", 3), ["json"] = JsonElement.Parse("[1.0]") }),
            new TicketContent { Number = "T-2" },
        ]);
        var agent = new SessionAgent("support");
        await using var session = _services.GetRequiredKeyedService<ISessionManagerFactory>("tickets").Create("s");
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(message, agent, Cancellation);

        var stored = Assert.Single(await session.ListMessagesAsync("support", cancellationToken: Cancellation)).Message;
        await session.AppendMessageAsync(stored, agent, Cancellation);

        var json = JsonSerializer.Serialize(stored, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(ChatMessage)));
        Assert.Contains("T-1", json, StringComparison.Ordinal);
        Assert.Contains("T-2", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Case28_MessageWithAnObjectThatNoOptionsKnow_SaysWhichOption()
    {
        var agent = new SessionAgent("support");
        var session = await CreateSessionAsync();
        await session.InitializeAsync(agent, Cancellation);
        var message = new ChatMessage(ChatRole.User, "a") { AdditionalProperties = new() { ["ticket"] = new Ticket("T-1", 3) } };

        var exception = await Assert.ThrowsAsync<UnstorablePropertyException>(() => session.AppendMessageAsync(message, agent, Cancellation));

        Assert.Contains(typeof(Ticket).FullName!, exception.Message, StringComparison.Ordinal);
        Assert.Contains("SerializerOptions", exception.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private async Task<ISessionManager> CreateSessionAsync()
    {
        var session = _services.GetRequiredService<ISessionManagerFactory>().Create("s");
        await session.CreateSessionAsync(Cancellation);
        return session;
    }
}
