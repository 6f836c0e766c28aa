using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// One process of an application that has the agent "support": a container of its own over the test's database.
/// </summary>
internal sealed class AgentHost : IAsyncDisposable
{
    public const string AgentName = "support";

    private readonly ServiceProvider _services;

    private AgentHost(ServiceProvider services, AIAgent agent)
    {
        _services = services;
        Agent = agent;
    }

    public AIAgent Agent { get; }

    public ISessionManagerFactory Sessions => _services.GetRequiredService<ISessionManagerFactory>();

    public SessionStorage Storage => _services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

    /// <summary>
    /// Starts a process.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="model">The model.</param>
    /// <param name="isLed">Whether the agent is wrapped, so that what its runs cost is stored.</param>
    /// <param name="configure">Changes the agent.</param>
    /// <param name="configureOptions">Changes how it keeps its sessions.</param>
    /// <param name="connectionString">The connection string, where it is not the database's.</param>
    public static AgentHost Start(
        DatabaseFixture database,
        IChatClient model,
        bool isLed = true,
        Action<ChatClientAgentOptions>? configure = null,
        Action<SessionAIAgentOptions>? configureOptions = null,
        string? connectionString = null)
    {
        var services = database.CreateServices(options =>
        {
            options.ConnectionString = connectionString ?? options.ConnectionString;
            options.CreateIndexes = false; // The database has them.
            options.MinPoolSize = 0;
            options.ServerSelectionTimeout = TimeSpan.FromMilliseconds(500);
            if (connectionString is not null)
            {
                // A host whose database goes away: the next one waits until its run's time is up.
                options.RunTerm = TimeSpan.FromSeconds(3);
            }
        });
        var sessionOptions = new SessionAIAgentOptions();
        configureOptions?.Invoke(sessionOptions);
        var agentOptions = new ChatClientAgentOptions
        {
            Name = AgentName,
            ChatOptions = new ChatOptions { Instructions = "You help." },
            ChatHistoryProvider = new SessionChatHistoryProvider(services.GetRequiredService<ISessionManagerFactory>(), sessionOptions),
        };
        configure?.Invoke(agentOptions);
        AIAgent agent = model.AsAIAgent(agentOptions);
        return new AgentHost(services, isLed ? agent.WithSessionManager() : agent);
    }

    public async Task<IReadOnlyList<string>> ListAsync(string sessionId, string agentId = AgentName)
    {
        var messages = await Sessions.Create(sessionId).ListMessagesAsync(agentId, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, messages.Count), messages.Select(message => message.Position));
        return [.. messages.Select(message => ScriptedRequest.Show(message.Message))];
    }

    public Task<SessionUsage> GetUsageAsync(string sessionId) => Sessions.Create(sessionId).GetUsageAsync(TestContext.Current.CancellationToken);

    /// <summary>
    /// Gets the stored documents of a session's messages as text.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FindRawAsync(DatabaseFixture database, string sessionId) =>
        [.. (await database.FindMessagesAsync(sessionId)).Select(document => document.ToString())];

    /// <summary>
    /// Asserts that a session holds these messages, and that the last one is marked as interrupted.
    /// </summary>
    public async Task AssertInterruptedAsync(string sessionId, params string[] expected)
    {
        var messages = await Sessions.Create(sessionId).ListMessagesAsync(AgentName, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(expected, messages.Select(message => ScriptedRequest.Show(message.Message)));
        Assert.Equal(
            [.. Enumerable.Repeat(false, expected.Length - 1), true],
            messages.Select(message => message.Message.AdditionalProperties?.GetValueOrDefault("interrupted") is true));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
