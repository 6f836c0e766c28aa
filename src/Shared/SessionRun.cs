using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// What happens in one session between a request and the last answer to it: one model call, or several with tool calls
/// between them.
/// </summary>
/// <remarks>
/// Not thread-safe, but for <see cref="RecordAsync"/>: a run belongs to one request at a time, and waits while its tools run.
/// </remarks>
internal sealed partial class SessionRun(
    ISessionManager manager,
    SessionAgent agent,
    SessionRunOptions options,
    ToolCounting toolCounting,
    TimeProvider timeProvider) : IAsyncDisposable
{
    // The caller may have cancelled, and waits for nothing but this.
    private static readonly TimeSpan RescueTimeout = TimeSpan.FromSeconds(10);

    // Kept to tell whether a response has named the model, which is then to be stored.
    private readonly string? _givenModel = agent.Model;

    private IReadOnlyList<ChatMessage> _systemMessages = [];
    private IReadOnlyList<ChatMessage> _context = [];
    private List<ChatMessage> _pending = [];
    private AgentInitialization? _initialization;
    private long? _answeredAt;
    private bool _hasUnstoredMetrics;
    private bool _isAskedAgain;

    public string SessionId => manager.SessionId;

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    public SessionOwner Owner => manager.Owner;

    public TimeProvider TimeProvider => timeProvider;

    public string AgentId => agent.AgentId;

    /// <summary>
    /// Gets a value indicating whether the history has been loaded.
    /// </summary>
    public bool IsOpen => _initialization is not null;

    /// <summary>
    /// Gets a value indicating whether the history ends with a request for approval that does not come with the request.
    /// </summary>
    public bool AwaitsApproval => _initialization is { AwaitsApproval: true };

    /// <summary>
    /// Gets a value indicating whether a part of the answer has been stored.
    /// </summary>
    public bool HasAnswered => _answeredAt is not null || _recorded.Count > 0 || _held.Count > 0;

    /// <summary>
    /// Gets the messages of the answer that have not been stored yet.
    /// </summary>
    public IReadOnlyList<ChatMessage> Pending => _pending;

    /// <summary>
    /// Gets the ids of the messages of the answer: those that are stored, and those that the caller has been told.
    /// </summary>
    public AnswerIds Ids { get; } = new();

    /// <summary>
    /// Gets what follows the last update of a stream: the id of the last message that was stored, and its position.
    /// </summary>
    public ChatResponseUpdate? LastUpdate { get; private set; }

    /// <summary>
    /// Creates the agent of a run, of what its pipeline tells of it.
    /// </summary>
    /// <param name="agentId">The id that it has in its sessions.</param>
    /// <param name="options">The options that its model is called with, or null.</param>
    /// <param name="metadata">What the client of its model tells of itself, or null.</param>
    /// <param name="systemPrompt">Its system prompt, or null to leave the stored one.</param>
    public static SessionAgent CreateAgent(string agentId, ChatOptions? options, ChatClientMetadata? metadata, string? systemPrompt) =>
        new(agentId) { Model = options?.ModelId ?? metadata?.DefaultModelId, SystemPrompt = systemPrompt };

    /// <summary>
    /// Loads the history for a request that answers requests for approval, before anything can act on it.
    /// </summary>
    /// <returns>The messages of the request that are new, each approval with the call that it was asked for.</returns>
    public Task<IReadOnlyList<ChatMessage>> ClaimAsync(IncomingMessages incoming, CancellationToken cancellationToken) =>
        LoadAsync(incoming.New, cancellationToken);

    /// <summary>
    /// Loads the history where this is the run's first model call, and stores what is new.
    /// </summary>
    /// <returns>
    /// The number of messages that were new: the last ones of those that <see cref="GetMessages"/> returns from now on.
    /// </returns>
    public async Task<int> BeginAsync(IncomingMessages incoming, CancellationToken cancellationToken)
    {
        incoming.Continue(_systemMessages);
        _systemMessages = incoming.System;
        _context = incoming.Context.Count > 0 ? incoming.Context : _context;
        var added = _initialization is null
            ? await LoadAsync(incoming.New, cancellationToken).ConfigureAwait(false)
            // A request may repeat what this run has been given and not stored yet.
            : MessageMatch.Find(incoming.New, [.. agent.Messages, .. _pending]).New;
        foreach (var message in incoming.New.Where(static message => message.Role == ChatRole.Tool))
        {
            // Function invocation hands these results to the caller, too.
            Name(message, []);
        }

        // In one insert, the older ones in front.
        ChatMessage[] messages = [.. TakePending(), .. added];
        if (toolCounting == ToolCounting.BetweenModelCalls)
        {
            // Storing the results comes before the next model call, and so is part of the time.
            await AppendAsync(messages, cancellationToken).ConfigureAwait(false);
            CountTools(messages, GetUnmeasuredTime());
        }
        else
        {
            // Counted before, so that the insert takes the counts with it.
            CountTools(messages, TimeSpan.Zero);
            await AppendAsync(messages, cancellationToken).ConfigureAwait(false);
        }

        ThrowIfLost();
        return added.Count;
    }

    /// <summary>
    /// Gets all that the model is to get but the system messages, not valid yet.
    /// </summary>
    public IReadOnlyList<ChatMessage> GetMessages() => [.. agent.Messages];

    /// <summary>
    /// Creates the list of all messages that the model is to get.
    /// </summary>
    public List<ChatMessage> CreateRequest() => [.. _systemMessages, .. ModelRequest.Create([.. agent.Messages, .. _context], options.Provider)];

    /// <summary>
    /// Notes what the model is sent: none of it is a part of the answer.
    /// </summary>
    public void Send(IEnumerable<ChatMessage> messages) => _covered.UnionWith(messages.SelectMany(static message => message.Contents));

    /// <summary>
    /// Lets go of the history, where the run has one model call and is not asked again.
    /// </summary>
    public void ReleaseHistory() => agent.Messages.Clear();

    /// <summary>
    /// Adds messages of the answer. They are stored by <see cref="FlushAsync"/>.
    /// </summary>
    public void AddAnswer(IEnumerable<ChatMessage> messages)
    {
        foreach (var message in GetUnstored(messages))
        {
            StoredMessages.Describe(message, options.Provider);
            _pending.Add(message);
        }
    }

    /// <summary>
    /// Stores the messages of the answer so far.
    /// </summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var messages = TakePending();

        // A model call that has called tools itself has the time that they took inside its own.
        CountTools(messages, TimeSpan.Zero);
        await AppendAsync(messages, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Stores an answer, with what it cost.
    /// </summary>
    public async Task CompleteAsync(ModelCall call, ChatResponse response, CancellationToken cancellationToken)
    {
        AddModelCall(call, response);

        // Where a service works on in the background, there may be nothing yet.
        AddAnswer(response.ContinuationToken is null ? response.Messages : response.Messages.Where(static message => !ContentRepair.IsBlank(message)));
        StoredMessages.Describe(_pending, response);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        _answeredAt = timeProvider.GetTimestamp();
    }

    /// <summary>
    /// Stores what has arrived of an answer that has no end, with what it cost, and ends the run. Gives up after 10 seconds.
    /// </summary>
    /// <param name="call">The model call, or null for one that is not counted.</param>
    /// <param name="response">What has arrived.</param>
    public async Task InterruptAsync(ModelCall? call, ChatResponse response)
    {
        if (call is not null)
        {
            AddModelCall(call, response);
        }

        var answer = GetUnstored(response.Messages);
        var known = answer.SelectMany(static message => message.Contents).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var (heldCall, returned) in _held.Where(held => !known.Contains(held.Call)))
        {
            AddAnswer([new ChatMessage(ChatRole.Assistant, [heldCall]), returned]);
        }

        AddAnswer(StoredMessages.GetInterrupted(answer));
        // Not the caller's token: it may be what has ended the answer.
        using var timeout = new CancellationTokenSource(RescueTimeout, timeProvider);
        await FlushAsync(timeout.Token).ConfigureAwait(false);
        await EndAsync(timeout.Token).ConfigureAwait(false);
    }

    // Whether an append that failed has stored anything is not known, so that nothing may be appended again.
    private List<ChatMessage> TakePending()
    {
        var pending = _pending;
        _pending = [];
        return pending;
    }

    private async Task AppendAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        _recordError?.Throw();
        if (messages.Count == 0)
        {
            return;
        }

        foreach (var message in messages)
        {
            message.MessageId ??= Ids.GetFor(message);
            if (_isAskedAgain && message.Role == ChatRole.Assistant)
            {
                MessageMarks.Set(message, MessageMarks.AnsweredAnew, true);
                _isAskedAgain = false;
            }
        }

        // The agent keeps the messages as they came; the model is sent those.
        ChatMessage[] stored = [.. messages.Select(StoredMessages.ToStored)];
        var positions = await manager.AppendAnswerAsync(stored, agent, cancellationToken).ConfigureAwait(false);

        // The last assistant message takes all metrics with it that there are.
        _hasUnstoredMetrics &= !messages.Any(static message => message.Role == ChatRole.Assistant);
        for (var i = 0; i < messages.Count; i++)
        {
            MessageMarks.Set(messages[i], MessageMarks.Position, positions[i]);
            agent.Messages.Add(messages[i]);
            Ids.Stored(messages[i]);
        }

        LastUpdate = new ChatResponseUpdate(messages[^1].Role, [])
        {
            MessageId = messages[^1].MessageId,
            AdditionalProperties = new() { [MessageMarks.Position] = positions[^1] },
        };

        Send(messages);
    }

    private void AddModelCall(ModelCall call, ChatResponse response)
    {
        agent.Model ??= response.ModelId;
        agent.Metrics.AddModelCall(response.Usage, call.GetElapsedTime(), call.TimeToFirstByte);
        _hasUnstoredMetrics = true;
    }
}
