using Microsoft.Extensions.DependencyInjection;
using SessionManager;
using SessionManager.Internal.Chat;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Shared;

namespace Microsoft.Extensions.AI;

/// <summary>
/// Adds persistent sessions to a pipeline of chat clients.
/// </summary>
public static class SessionManagerChatClientBuilderExtensions
{
    /// <summary>
    /// Adds persistent sessions, with the registration of the container.
    /// </summary>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="agentId">The id of the agent in its sessions, the same at every start of the application.</param>
    /// <param name="configure">Sets the options, or null.</param>
    /// <returns>The builder. Building it throws <see cref="InvalidOperationException"/> when sessions are not registered.</returns>
    /// <remarks>
    /// <para>
    /// <see cref="ChatOptions.ConversationId"/> is the id of the session; a request without one passes through untouched.
    /// Give what is new, or all: the history is loaded and sent along. The answer, and every update of a streamed one, carries
    /// the id. Clients further inside never see it.
    /// </para>
    /// <para>
    /// What stands first is outermost, and the place decides what is stored when:
    /// </para>
    /// <code>
    /// .UseFunctionInvocation()          .UseSessionManager("support")
    /// .UseSessionManager("support")     .UseFunctionInvocation()
    ///
    /// request                           request
    ///    │                                 │
    /// tools ◄────┐                      session ── load, store request
    ///    │       │ results                 │
    /// session ───┤ load once, store     tools ◄────┐
    ///    │       │ each message            │       │ results
    ///  model ────┘                       model ────┘
    ///    │                                 │
    /// answer                            session ── store all calls, results and the answer
    /// </code>
    /// <list type="bullet">
    /// <item>
    /// Inside function invocation, on the left, every model call is stored as it happens. A process that is killed loses
    /// nothing but what it was waiting for: what a tool returns is stored before the model is called again. A turn takes two writes for
    /// each model call. Each assistant message carries what its own model call cost.
    /// </item>
    /// <item>
    /// Outside of it, on the right, a turn takes two writes and one for each result of a tool, which is stored with its call as soon as the
    /// tool returns. What a killed process had of it since then is lost, but for the request. The last assistant message carries what
    /// the whole run cost, as one model call. Only here are approvals claimed before a tool runs, so that it runs once.
    /// </item>
    /// </list>
    /// <para>
    /// A run of a known agent also takes one read, and one write at its end for the session's time and what else has changed.
    /// </para>
    /// <para>
    /// System messages at the beginning of a request are configuration, as <see cref="ChatOptions.Instructions"/> are: they
    /// are sent in front of the history, become the agent's stored system prompt and are no part of the history. Messages
    /// that are stored already, by their <see cref="ChatMessage.MessageId"/>, by the call that they answer, or by what they say, are not
    /// stored again: a request can be repeated, and may hold the whole transcript. A request without messages continues from the history.
    /// Stored messages, those of the request and of the response, are told their id and position: see <see cref="StoredPositionExtensions"/>.
    /// </para>
    /// <para>
    /// Tools that the caller answers for, because they are only declared or need an approval, take two requests: one that is
    /// answered with the call, and one that brings the result or approval, at any time and from any process.
    /// </para>
    /// <para>
    /// What happens when something fails:
    /// </para>
    /// <list type="table">
    /// <listheader><term>failure</term><description>outcome</description></listheader>
    /// <item>
    /// <term>The history cannot be loaded, or the request cannot be stored.</term>
    /// <description>The exception reaches the caller. The model was not called.</description>
    /// </item>
    /// <item>
    /// <term>The model throws, takes too long or is cancelled.</term>
    /// <description>
    /// The exception reaches the caller as it is. The request stays stored. What had arrived of a streamed answer is stored
    /// with what it cost, its last message marked with the additional property <c>interrupted</c>, even when the caller has
    /// cancelled; that takes 10 seconds at most. If it fails, event 30 is logged.
    /// </description>
    /// </item>
    /// <item>
    /// <term>The consumer of a streamed answer stops early.</term>
    /// <description>The same, without an exception. Nothing is stored of an answer of which nothing had arrived.</description>
    /// </item>
    /// <item>
    /// <term>The answer cannot be stored.</term>
    /// <description>The exception reaches the caller: of a stream, after its last update. The request stays stored.</description>
    /// </item>
    /// </list>
    /// <para>
    /// After any of these the next request loads what is stored and goes on. A tool call whose result was never stored is
    /// sent with one that says that the outcome is not known: see <see cref="AgentInitialization.Repair"/>. An approval that was given
    /// before throws <see cref="RequestAnsweredException"/>.
    /// </para>
    /// <para>
    /// The client that is added is thread-safe and serves any number of sessions at once. Its
    /// <see cref="IChatClient.GetService"/> returns the <see cref="ISessionManagerFactory"/> that it uses.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="builder"/> is null, or <paramref name="agentId"/> is not valid.</exception>
    public static ChatClientBuilder UseSessionManager(this ChatClientBuilder builder, string agentId, Action<SessionChatOptions>? configure = null) =>
        Use(builder, agentId, sessions: null, configure);

    /// <summary>
    /// Adds persistent sessions, made by a given factory.
    /// </summary>
    /// <param name="builder">The pipeline to add to.</param>
    /// <param name="agentId">The id of the agent in its sessions, the same at every start of the application.</param>
    /// <param name="sessions">Makes the sessions.</param>
    /// <param name="configure">Sets the options, or null.</param>
    /// <returns>The builder.</returns>
    /// <remarks>As <see cref="UseSessionManager(ChatClientBuilder, string, Action{SessionChatOptions})"/> does.</remarks>
    /// <exception cref="ArgumentException">
    /// <paramref name="builder"/> or <paramref name="sessions"/> is null, or <paramref name="agentId"/> is not valid.
    /// </exception>
    public static ChatClientBuilder UseSessionManager(
        this ChatClientBuilder builder,
        string agentId,
        ISessionManagerFactory sessions,
        Action<SessionChatOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        return Use(builder, agentId, sessions, configure);
    }

    private static ChatClientBuilder Use(ChatClientBuilder builder, string agentId, ISessionManagerFactory? sessions, Action<SessionChatOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        var options = new SessionChatOptions();
        configure?.Invoke(options);
        return builder.Use((innerClient, services) => new SessionChatClient(
            innerClient,
            sessions ?? GetSessions(services, options.ServiceKey),
            agentId,
            options,
            services.GetService<TimeProvider>() ?? TimeProvider.System,
            services.GetSessionManagerLogger()));
    }

    private static ISessionManagerFactory GetSessions(IServiceProvider services, string? serviceKey)
    {
        if (serviceKey is null)
        {
            return services.GetService<ISessionManagerFactory>() ?? throw new InvalidOperationException(
                "UseSessionManager finds no ISessionManagerFactory. Register it with AddMongoSessionManager and build the "
                + "pipeline with the container's services, or pass a factory.");
        }

        return (services as IKeyedServiceProvider)?.GetKeyedService<ISessionManagerFactory>(serviceKey) ?? throw new InvalidOperationException(
            $"UseSessionManager finds no ISessionManagerFactory with the key '{serviceKey}'. Register it with "
            + "AddKeyedMongoSessionManager and build the pipeline with the container's services, or pass a factory.");
    }
}
