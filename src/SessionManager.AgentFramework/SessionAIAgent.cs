using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Adds to an agent that has a <see cref="SessionChatHistoryProvider"/> what the provider does not see: what its runs cost,
/// and what has arrived of a streamed response that is interrupted.
/// </summary>
/// <remarks>
/// <para>
/// The last assistant message of a run is stored with the tokens of the run, its latency and the time until its first part
/// came. The latency runs from the first model call to the end of the response, tools included. What a tool returns is stored as
/// soon as it does, and an approval is claimed before its tool runs. A run of a known agent without tool calls takes five commands in four round trips: the run is begun while the history is
/// loaded, the request is stored, the response is stored with what it cost, and what else has changed is, with the end of the run. The first run of a session
/// takes one more. What happens to a run while another one goes on, <see cref="SessionAIAgentOptions.WhenBusy"/> says.
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
/// The exception reaches the caller as it is. The request stays stored. What had arrived of a streamed response is stored
/// with what it cost, its last message marked with the additional property <c>interrupted</c>, even when the caller has
/// cancelled; that takes 10 seconds at most. If it fails, <see cref="Exception.Data"/> of the exception says why under
/// <c>SessionManager.NotStored</c>.
/// </description>
/// </item>
/// <item>
/// <term>The consumer of a streamed response stops early.</term>
/// <description>The same. If storing fails, the exception reaches the consumer.</description>
/// </item>
/// <item>
/// <term>The response cannot be stored.</term>
/// <description>The exception reaches the caller: of a stream, after its last update. The request stays stored.</description>
/// </item>
/// </list>
/// <para>
/// After any of these the next run loads what is stored and goes on.
/// </para>
/// <para>
/// Thread-safe: one agent serves any number of sessions and concurrent runs. It owns neither the agent inside nor anything
/// else that needs to be disposed.
/// </para>
/// </remarks>
public sealed class SessionAIAgent : DelegatingAIAgent
{
    private readonly SessionChatHistoryProvider _provider;

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionAIAgent"/> class.
    /// </summary>
    /// <param name="innerAgent">The agent. Its history provider is a <see cref="SessionChatHistoryProvider"/>.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="innerAgent"/> is null, has no such history provider, or is wrapped already.
    /// </exception>
    public SessionAIAgent(AIAgent innerAgent)
        : base(innerAgent ?? throw new ArgumentNullException(nameof(innerAgent)))
    {
        _provider = innerAgent.GetService<SessionChatHistoryProvider>() ?? throw new ArgumentException(
            "The agent does not keep its history in sessions. Give it a SessionChatHistoryProvider, such as "
            + "new ChatClientAgentOptions { ChatHistoryProvider = new SessionChatHistoryProvider(sessions) }.",
            nameof(innerAgent));
        if (innerAgent.GetService<SessionAIAgent>() is not null)
        {
            throw new ArgumentException("The agent is wrapped in a SessionAIAgent already.", nameof(innerAgent));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The agent has neither a name nor an id in the options, or its history is left to the service behind it, because
    /// the run has a conversation id.
    /// </exception>
    protected override async Task<AgentResponse> RunCoreAsync(
        IEnumerable<ChatMessage> messages,
        AgentSession? session = null,
        AgentRunOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        session ??= await InnerAgent.CreateSessionAsync(cancellationToken).ConfigureAwait(false);
        var run = Lead(session);
        await using (run.ConfigureAwait(false))
        {
            messages = await ClaimAsync(run, messages, cancellationToken).ConfigureAwait(false);
            AgentRun.Current = run;
            AgentResponse response;
            try
            {
                response = await InnerAgent.RunAsync(messages, session, RecordingChatClient.AddTo(options, run), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await run.RescueAsync(e).ConfigureAwait(false);
                throw;
            }

            await EndAsync(run, response, cancellationToken).ConfigureAwait(false);
            return response;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// The agent has neither a name nor an id in the options, or its history is left to the service behind it, because
    /// the run has a conversation id.
    /// </exception>
    protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages,
        AgentSession? session = null,
        AgentRunOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        session ??= await InnerAgent.CreateSessionAsync(cancellationToken).ConfigureAwait(false);
        var run = Lead(session);
        await using (run.ConfigureAwait(false))
        {
            messages = await ClaimAsync(run, messages, cancellationToken).ConfigureAwait(false);
            var stream = InnerAgent.RunStreamingAsync(messages, session, RecordingChatClient.AddTo(options, run), cancellationToken);
            var updates = new LedStream(run, stream.GetAsyncEnumerator(cancellationToken));
            await using (updates.ConfigureAwait(false))
            {
                while (await updates.MoveNextAsync().ConfigureAwait(false))
                {
                    yield return updates.Current;
                }
            }

            await EndAsync(run, response: null, cancellationToken).ConfigureAwait(false);
            if (run.Find()?.LastUpdate is { } last)
            {
                yield return new AgentResponseUpdate(last) { AgentId = Id };
            }
        }
    }

    private static async Task EndAsync(AgentRun run, AgentResponse? response, CancellationToken cancellationToken)
    {
        if (!run.WasAsked)
        {
            throw new InvalidOperationException(HistoryConflict.NotAsked);
        }

        if (run.IsOpen)
        {
            await run.CompleteAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    // What is approved may run before the history provider is asked for anything.
    private async Task<IEnumerable<ChatMessage>> ClaimAsync(AgentRun run, IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        ChatMessage[] given = [.. messages];
        return given.Any(static message => message.Contents.Any(static content => content is ToolApprovalResponseContent))
            ? await run.ClaimAsync(_provider.GetAgentId(InnerAgent), InnerAgent, given, cancellationToken).ConfigureAwait(false)
            : given;
    }

    private AgentRun Lead(AgentSession session)
    {
        HistoryConflict.ThrowIfKeptElsewhere(InnerAgent, session);
        return _provider.Lead(session);
    }
}
