using Microsoft.Agents.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SessionManager;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds agents of Agent Framework that keep their sessions.
/// </summary>
public static class SessionAIAgentServiceCollectionExtensions
{
    /// <summary>
    /// Adds an agent as keyed singleton <see cref="AIAgent"/>, with an <c>AgentSessionStore</c> under the same key.
    /// </summary>
    /// <param name="services">The services to add to. Sessions are registered there, before or after this call.</param>
    /// <param name="name">The service key of the agent, and its id in sessions unless the options say otherwise.</param>
    /// <param name="createAgent">
    /// Creates the agent, which uses the <see cref="SessionAIAgentContext.ChatHistoryProvider"/> that it is given. What it returns
    /// is wrapped with <see cref="SessionAIAgentExtensions.WithSessionManager"/>.
    /// </param>
    /// <param name="configure">Sets the options, or null.</param>
    /// <param name="serviceKey">
    /// The service key of the sessions' registration, such as one given to <c>AddKeyedMongoSessionManager</c>, or null for the one
    /// without a key. The agent's own key is its name.
    /// </param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="services"/> or <paramref name="createAgent"/> is null, or <paramref name="name"/> is null, empty or blank.
    /// </exception>
    /// <exception cref="InvalidOperationException">An agent is registered under this key already.</exception>
    public static IServiceCollection AddSessionAIAgent(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, SessionAIAgentContext, AIAgent> createAgent,
        Action<SessionAIAgentOptions>? configure = null,
        string? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(createAgent);
        if (services.Any(service => service.IsKeyedService && service.ServiceType == typeof(AIAgent) && name.Equals(service.ServiceKey)))
        {
            throw new InvalidOperationException($"An agent with the service key '{name}' is registered already.");
        }

        services.AddKeyedSingleton(name, (provider, _) =>
        {
            var options = CreateOptions(provider, name, configure);
            var sessions = provider.GetRequiredKeyedService<ISessionManagerFactory>(serviceKey);
            var context = new SessionAIAgentContext(
                name, new SessionChatHistoryProvider(sessions, options), new SessionMetadataContextProvider(sessions, options));
            return createAgent(provider, context).WithSessionManager();
        });
        services.TryAddKeyedSingleton<AgentSessionStore>(name, (provider, _) => new SessionManagerAgentSessionStore(
            provider.GetRequiredKeyedService<ISessionManagerFactory>(serviceKey),
            provider.GetRequiredKeyedService<SessionStorageProvider>(serviceKey).DefaultStorage,
            CreateOptions(provider, name, configure)));
        return services;
    }

    private static SessionAIAgentOptions CreateOptions(IServiceProvider provider, string name, Action<SessionAIAgentOptions>? configure)
    {
        var options = new SessionAIAgentOptions { AgentId = name, TimeProvider = provider.GetService<TimeProvider>() };
        configure?.Invoke(options);
        return options;
    }
}
