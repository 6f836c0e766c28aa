using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Internal;
using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Keeps the history of an agent of Agent Framework in a session.
/// </summary>
/// <remarks>
/// <para>
/// Which session a run continues is said with <see cref="AgentSessionIdExtensions.SetSessionId"/>; an agent session without
/// an id gets one at its first run. Within the session the agent has the id of <see cref="SessionAIAgentOptions.AgentId"/>,
/// else its name. Several agents can share a session.
/// </para>
/// <para>
/// Before the model is called, the history is loaded in a form that providers accept, and the caller's messages are stored:
/// they stay when the model fails. What the model answers is stored at the end of the run. Not stored are the messages of
/// context providers, the history itself, system messages at the beginning of a request, which are configuration and become
/// the agent's stored system prompt, and messages that are stored already, by their <see cref="ChatMessage.MessageId"/>, by the call
/// that they answer, or by what they say: a request can be repeated, and may hold the whole transcript.
/// </para>
/// <para>
/// Alone, it knows nothing of what a run costs, and nothing of a streamed response that is abandoned. Wrap the agent with
/// <see cref="SessionAIAgentExtensions.WithSessionManager"/>, or register it with <c>AddSessionAIAgent</c>, to have both stored.
/// </para>
/// <para>
/// Thread-safe: one provider serves any number of agents, sessions and concurrent runs. It owns the session managers that it
/// makes, and not the factory.
/// </para>
/// </remarks>
public sealed class SessionChatHistoryProvider : ChatHistoryProvider
{
    private static readonly string SourceId = typeof(SessionChatHistoryProvider).FullName!;
    private static readonly string[] Keys = [SessionIds.StateKey];

    private readonly ISessionManagerFactory _sessions;
    private readonly SessionAIAgentOptions _options;
    private readonly TimeProvider _timeProvider;
    // Kept as long as the agent session: a run whose end is never told goes with it.
    private readonly ConditionalWeakTable<AgentSession, OpenRuns> _runs = [];

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionChatHistoryProvider"/> class.
    /// </summary>
    /// <param name="sessions">Makes the sessions.</param>
    /// <param name="options">The options, or null for the default ones.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessions"/> is null.</exception>
    public SessionChatHistoryProvider(ISessionManagerFactory sessions, SessionAIAgentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        _sessions = sessions;
        _options = options?.Clone() ?? new SessionAIAgentOptions();
        _timeProvider = _options.TimeProvider ?? TimeProvider.System;
    }

    /// <summary>
    /// Gets the names under which agent sessions hold what this provider needs: the id of the session.
    /// </summary>
    public override IReadOnlyList<string> StateKeys => Keys;

    /// <summary>
    /// Gets the id that an agent has in its sessions.
    /// </summary>
    internal string GetAgentId(AIAgent agent) => AgentIds.Get(agent, _options);

    /// <summary>
    /// Begins a run in which the messages of the response are handed over to the caller of this method.
    /// </summary>
    internal AgentRun Lead(AgentSession agentSession) => CreateRun(agentSession, isLed: true);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The agent has neither a name nor an id in the options, it is run without an agent session, or
    /// <c>UseSessionManager</c> in its chat pipeline would keep the same run.
    /// </exception>
    protected override async ValueTask<IEnumerable<ChatMessage>> InvokingCoreAsync(InvokingContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);

        var incoming = new IncomingMessages(context.RequestMessages, _options.UserMessagesOnly, AgentMessages.IsOfCaller);
        var agentId = GetAgentId(context.Agent);
        var messages = FindLedRun(context.Session, agentId) is { } run
            ? await run.BeginAsync(agentId, context.Agent, incoming, SourceId, cancellationToken).ConfigureAwait(false)
            : await BeginAloneAsync(agentId, context, incoming, cancellationToken).ConfigureAwait(false);
        return [.. incoming.System, .. messages];
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException"><c>UseSessionManager</c> in the agent's chat pipeline keeps the same run.</exception>
    protected override async ValueTask InvokedCoreAsync(InvokedContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);

        var agentId = GetAgentId(context.Agent);
        var response = (context.ResponseMessages ?? []).Where(AgentMessages.IsOfCaller);
        if (FindLedRun(context.Session, agentId) is { } run)
        {
            await ContinueAsync(run, agentId, context, response, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await EndAloneAsync(agentId, context, response, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ContinueAsync(
        AgentRun run, string agentId, InvokedContext context, IEnumerable<ChatMessage> response, CancellationToken cancellationToken)
    {
        if (!run.IsOpen && context.InvokeException is null)
        {
            await run.BeginAsync(agentId, context.Agent, GetUnstored(context), SourceId, cancellationToken).ConfigureAwait(false);
        }

        run.AddResponse(response);
        if (run.HasOpenToolCall)
        {
            // The tool is going to be called: a process that takes over must find the call stored.
            await run.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Gets what a request that this provider was not asked about has for the history. One that continues a response of
    /// the service's repeats what was stored when that began.
    /// </summary>
    private IncomingMessages GetUnstored(InvokedContext context) =>
        new(AIAgent.CurrentRunContext?.RunOptions?.ContinuationToken is null ? context.RequestMessages : [], _options.UserMessagesOnly, AgentMessages.IsOfCaller);

    private async Task<IReadOnlyList<ChatMessage>> BeginAloneAsync(
        string agentId, InvokingContext context, IncomingMessages incoming, CancellationToken cancellationToken)
    {
        HistoryConflict.ThrowIfKeptByPipeline(context.Agent, context.Session);
        var run = CreateRun(context.Session, isLed: false);
        try
        {
            var runs = _runs.GetOrCreateValue(context.Session!);
            runs.Continue(incoming);
            var messages = await run.BeginAsync(agentId, context.Agent, incoming, SourceId, cancellationToken).ConfigureAwait(false);
            runs.Add(run);
            return messages;
        }
        catch
        {
            await run.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task EndAloneAsync(string agentId, InvokedContext context, IEnumerable<ChatMessage> response, CancellationToken cancellationToken)
    {
        var known = context.Session is { } agentSession && _runs.TryGetValue(agentSession, out var runs) ? runs.Take(agentId) : null;
        if (known is null)
        {
            if (context.InvokeException is not null)
            {
                return;
            }

            HistoryConflict.ThrowIfKeptByPipeline(context.Agent, context.Session);
        }

        var run = known ?? CreateRun(context.Session, isLed: false);
        await using (run.ConfigureAwait(false))
        {
            if (context.InvokeException is { } error)
            {
                await run.RescueAsync(error).ConfigureAwait(false);
                return;
            }

            if (!run.IsOpen)
            {
                await run.BeginAsync(agentId, context.Agent, GetUnstored(context), SourceId, cancellationToken).ConfigureAwait(false);
            }

            run.AddResponse(response);
            await run.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private AgentRun? FindLedRun(AgentSession? agentSession, string agentId)
    {
        if (AgentRun.Current is not { } run || !ReferenceEquals(run.Provider, this))
        {
            return null;
        }

        run.WasAsked = true;
        return run.Leads(agentSession, agentId) ? run : null;
    }

    private AgentRun CreateRun(AgentSession? agentSession, bool isLed)
    {
        var manager = _sessions.For(agentSession).Create(SessionIds.GetOrCreate(agentSession), _options.ManagerOptions);
        return new AgentRun(manager, _options, _timeProvider)
        {
            AgentSession = isLed ? agentSession : null,
            Provider = isLed ? this : null,
        };
    }
}
