using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Sessions in memory, for pipelines in unit tests.
/// </summary>
public sealed class ChatSessions : IAsyncDisposable
{
    public const string Id = "session-1";

    private readonly ServiceProvider _services;

    public ChatSessions(Action<IServiceCollection>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddFakeLogging();
        services.AddSingleton<TimeProvider>(Time);
        services.AddInMemorySessionManager();
        configure?.Invoke(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        Factory = new RecordingSessions(_services.GetRequiredService<ISessionManagerFactory>());
    }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch);

    public IServiceProvider Services => _services;

    /// <summary>
    /// Gets what the pipelines make their sessions with.
    /// </summary>
    public RecordingSessions Factory { get; }

    public FakeLogCollector Logs => _services.GetFakeLogCollector();

    /// <summary>
    /// Builds a pipeline with sessions alone.
    /// </summary>
    public IChatClient Build(ScriptedModel model, Action<SessionChatOptions>? configure = null) =>
        new ChatClientBuilder(model).UseSessionManager(ScriptedPipeline.AgentId, Factory, configure).Build(_services);

    /// <summary>
    /// Builds a pipeline with sessions inside or outside of function invocation.
    /// </summary>
    public IChatClient Build(ScriptedModel model, bool isInside, Action<SessionChatOptions>? configure = null) => isInside
        ? new ChatClientBuilder(model).UseFunctionInvocation().UseSessionManager(ScriptedPipeline.AgentId, Factory, configure).Build(_services)
        : new ChatClientBuilder(model).UseSessionManager(ScriptedPipeline.AgentId, Factory, configure).UseFunctionInvocation().Build(_services);

    /// <summary>
    /// Gets what is stored.
    /// </summary>
    public async Task<IReadOnlyList<SessionMessage>> ListAsync(string sessionId = Id)
    {
        await using var session = _services.GetRequiredService<ISessionManagerFactory>().Create(sessionId);
        return await session.ListMessagesAsync(ScriptedPipeline.AgentId, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// Gets what is stored, in short.
    /// </summary>
    public async Task<IEnumerable<string>> ShowAsync(string sessionId = Id) =>
        (await ListAsync(sessionId)).Select(message => ScriptedRequest.Show(message.Message));

    /// <summary>
    /// Gets the stored configuration of the agent.
    /// </summary>
    public async Task<(string? Model, string? SystemPrompt)> GetConfigAsync()
    {
        await using var session = _services.GetRequiredService<ISessionManagerFactory>().Create(Id);
        var config = await session.GetAgentConfigAsync(ScriptedPipeline.AgentId, TestContext.Current.CancellationToken);
        return (config?.Model, config?.SystemPrompt);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
