using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal;

/// <summary>
/// One run of an agent in its session: one model call, or several with tool calls between them. It is led by a
/// <see cref="SessionAIAgent"/>, or by nothing but what the history provider is asked.
/// </summary>
/// <remarks>Not thread-safe, but for <see cref="Current"/>: a run belongs to one flow of control.</remarks>
internal sealed class AgentRun(ISessionManager manager, SessionAIAgentOptions options, TimeProvider timeProvider) : IAsyncDisposable
{
    private const string NotStoredName = "SessionManager.NotStored";

    // Agent Framework calls the history provider without anything that could lead back to the run.
    private static readonly AsyncLocal<AgentRun?> CurrentRun = new();

    private readonly List<AgentResponseUpdate> _updates = [];
    // What the history provider has been given, and how many updates had arrived by then: a rescue stores the rest only.
    private readonly HashSet<AIContent> _covered = new(ReferenceEqualityComparer.Instance);
    private int _coveredCount;
    private SessionRun? _run;
    private ModelCall? _call;

    /// <summary>
    /// Gets or sets the run that a <see cref="SessionAIAgent"/> leads in this flow of control.
    /// </summary>
    public static AgentRun? Current
    {
        get => CurrentRun.Value;
        set => CurrentRun.Value = value;
    }

    /// <summary>
    /// Gets the agent session that the run was started with, where it is led.
    /// </summary>
    public AgentSession? AgentSession { get; init; }

    /// <summary>
    /// Gets the provider that keeps the history of the run, where it is led.
    /// </summary>
    public SessionChatHistoryProvider? Provider { get; init; }

    /// <summary>
    /// Gets or sets a value indicating whether the history provider has been asked for anything.
    /// </summary>
    public bool WasAsked { get; set; }

    /// <summary>
    /// Gets the id of the agent, or null before the first model call.
    /// </summary>
    public string? AgentId => _run?.AgentId;

    /// <summary>
    /// Gets a value indicating whether the history has been loaded.
    /// </summary>
    public bool IsOpen => _run is { IsOpen: true };

    /// <summary>
    /// Gets a value indicating whether the response so far ends with a call of a tool.
    /// </summary>
    public bool HasOpenToolCall => _run is { Pending: [.., var last] } && AgentMessages.HasToolCall(last);

    /// <summary>
    /// Tells whether a call of the provider belongs to this run, and not to that of another agent inside of it.
    /// </summary>
    public bool Leads(AgentSession? agentSession, string agentId) =>
        ReferenceEquals(AgentSession, agentSession) && (AgentId is null || AgentId == agentId);

    /// <summary>
    /// Loads the history where this is the run's first model call, and stores what is new.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="caller">The agent that calls the model.</param>
    /// <param name="incoming">The messages of the request.</param>
    /// <param name="sourceId">What marks messages of the history.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What the model is to get, without the system messages.</returns>
    public async Task<IReadOnlyList<ChatMessage>> BeginAsync(
        string agentId, AIAgent caller, IncomingMessages incoming, string sourceId, CancellationToken cancellationToken)
    {
        Cover(incoming.New);
        var run = _run ??= CreateRun(agentId, caller, incoming);
        var newCount = await run.BeginAsync(incoming, cancellationToken).ConfigureAwait(false);

        // All model calls count as one: what Agent Framework tells of tokens is their sum.
        _call ??= new ModelCall(timeProvider);
        var messages = run.GetMessages();
        return ModelRequest.Create(
            [
                .. messages.SkipLast(newCount).Select(message => message.WithAgentRequestMessageSource(AgentRequestMessageSourceType.ChatHistory, sourceId)),
                .. messages.TakeLast(newCount),
                .. incoming.Context,
            ],
            GetProvider(caller));
    }

    /// <summary>
    /// Claims the requests for approval that a request answers, before anything can act on it.
    /// </summary>
    /// <returns>The messages of the request that are new, each approval with the call that it was asked for.</returns>
    public async Task<IReadOnlyList<ChatMessage>> ClaimAsync(string agentId, AIAgent caller, IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var incoming = new IncomingMessages(messages, options.UserMessagesOnly, AgentMessages.IsOfCaller);
        _run = CreateRun(agentId, caller, incoming);
        var claimed = await _run.ClaimAsync(incoming, cancellationToken).ConfigureAwait(false);
        return [.. incoming.System, .. claimed, .. incoming.Context];
    }

    /// <summary>
    /// Finds the run, where its first model call has begun.
    /// </summary>
    public SessionRun? Find() => _run;

    /// <summary>
    /// Lets go of the history, for a run that is not led: it has one model call, and is not asked again.
    /// </summary>
    public void ReleaseHistory() => _run?.ReleaseHistory();

    /// <summary>
    /// Adds a part of a streamed response, which <see cref="RescueAsync"/> stores if there is no end to it.
    /// </summary>
    public void AddUpdate(AgentResponseUpdate update)
    {
        if (_updates.Count == 0)
        {
            _call?.PartReceived();
        }

        _updates.Add(update);
    }

    /// <summary>
    /// Adds messages of the response. They are stored by <see cref="FlushAsync"/>.
    /// </summary>
    public void AddResponse(IEnumerable<ChatMessage> messages)
    {
        // A service that goes on in the background has not said anything yet. Of one that has gone on, Agent Framework tells twice
        // where every model call is stored.
        var goesOn = _updates is [.., { ContinuationToken: not null }];
        var hasGoneOn = AIAgent.CurrentRunContext?.RunOptions?.ContinuationToken is not null;
        ChatMessage[] added =
        [
            .. messages.Where(message => !(goesOn && ContentRepair.IsBlank(message)) && !(hasGoneOn && message.Contents.All(_covered.Contains))),
        ];
        _run?.AddAnswer(added);
        if (added.Length > 0)
        {
            Cover(added);
        }
    }

    /// <summary>
    /// Stores the messages of the response so far.
    /// </summary>
    public Task FlushAsync(CancellationToken cancellationToken) => _run!.FlushAsync(cancellationToken);

    /// <summary>
    /// Stores the messages of the response, and what they have not taken with them.
    /// </summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await _run!.EndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Stores a response with what it cost.
    /// </summary>
    /// <param name="response">The response, or null for one that was streamed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task CompleteAsync(AgentResponse? response, CancellationToken cancellationToken)
    {
        // Its messages came from the provider, call by call.
        var cost = ToAnswer(response ?? _updates.ToAgentResponse(), messages: []);
        await _run!.CompleteAsync(GetCall(), cost, cancellationToken).ConfigureAwait(false);
        await _run.EndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Stores what has arrived of a response that has no end, and what it cost.
    /// </summary>
    /// <param name="error">What ended it, or null when the consumer has had enough.</param>
    public async Task RescueAsync(Exception? error)
    {
        if (_run is not { IsOpen: true } run)
        {
            return;
        }

        try
        {
            // What a service goes on with in the background comes again, whole.
            var messages = _updates is [.., { ContinuationToken: not null }]
                ? []
                : AgentMessages.GetWithout(_updates.Skip(_coveredCount).ToAgentResponse(), _covered);
            // A cost is stored with an assistant message. Where nothing was answered, there is none.
            var isAnswered = messages.Count > 0 || run.Pending.Count > 0;
            await run.InterruptAsync(isAnswered ? GetCall() : null, ToAnswer(_updates.ToAgentResponse(), messages)).ConfigureAwait(false);
        }
        catch (Exception e) when (error is not null && e is not OutOfMemoryException)
        {
            // What ended the response is on its way to the caller, and matters more.
            error.Data[NotStoredName] = e;
        }

        if (error is OperationCanceledException)
        {
            // Not by the caller, perhaps: then it is told what has ended its run.
            run.ThrowIfLost();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _run?.DisposeAsync() ?? manager.DisposeAsync();

    // The run's own agent is known from the first question on: a provider serves any number of them.
    private SessionRun CreateRun(string agentId, AIAgent caller, IncomingMessages incoming)
    {
        var chatOptions = caller.GetService<ChatOptions>();
        var agent = SessionRun.CreateAgent(
            agentId, chatOptions, caller.GetService<ChatClientMetadata>(), incoming.GetSystemPrompt(chatOptions?.Instructions));
        // Alone, the provider knows the results of tools but no model call: usage of tools only would look like the whole.
        var toolCounting = AgentSession is null ? ToolCounting.None : ToolCounting.WithoutTime;
        var runOptions = new SessionRunOptions(options.Window, options.UserMessagesOnly, options.WhenBusy, GetProvider(caller)) { RequireExisting = options.RequireExisting }
            .For(AgentRequest.Find());
        return new SessionRun(manager, agent, runOptions, toolCounting, timeProvider);
    }

    private static string? GetProvider(AIAgent caller) => caller.GetService<ChatClientMetadata>()?.ProviderName;

    // There is none where the request could not be stored and the agent has answered all the same.
    private ModelCall GetCall() => _call ?? new ModelCall(timeProvider);

    private ChatResponse ToAnswer(AgentResponse response, IReadOnlyList<ChatMessage> messages) => new([.. messages])
    {
        Usage = response.Usage,
        ModelId = response.RawRepresentation is ChatResponse raw ? raw.ModelId : GetStreamedModel(),
        FinishReason = response.FinishReason,
        ResponseId = response.ResponseId,
    };

    private string? GetStreamedModel() =>
        _updates.Select(static update => (update.RawRepresentation as ChatResponseUpdate)?.ModelId).FirstOrDefault(static model => model is not null);

    /// <summary>
    /// Notes that the history provider has been given all that has arrived. Function invocation passes calls on late, when it
    /// has been given their messages already.
    /// </summary>
    private void Cover(IEnumerable<ChatMessage> messages)
    {
        _coveredCount = _updates.Count;
        _covered.UnionWith(messages.SelectMany(static message => message.Contents));
    }
}
