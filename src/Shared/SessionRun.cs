using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// What happens in one session between a request and the last answer to it: one model call, or several with tool calls
/// between them.
/// </summary>
/// <remarks>Not thread-safe: a run belongs to one request at a time.</remarks>
internal sealed class SessionRun(
    ISessionManager manager,
    SessionAgent agent,
    HistoryWindow? window,
    ToolCounting toolCounting,
    TimeProvider timeProvider) : IAsyncDisposable
{
    // The caller may have cancelled, and waits for nothing but this.
    private static readonly TimeSpan RescueTimeout = TimeSpan.FromSeconds(10);

    // Kept to tell whether a response has named the model, which is then to be stored.
    private readonly string? _givenModel = agent.Model;
    private IReadOnlyList<ChatMessage> _systemMessages = [];
    private List<ChatMessage> _pending = [];
    private AgentInitialization? _initialization;
    private long? _answeredAt;
    private bool _hasUnstoredMetrics;

    public string SessionId => manager.SessionId;

    public string AgentId => agent.AgentId;

    /// <summary>
    /// Gets a value indicating whether the history has been loaded.
    /// </summary>
    public bool IsOpen => _initialization is not null;

    /// <summary>
    /// Gets a value indicating whether a whole answer of the model has been stored.
    /// </summary>
    public bool HasAnswered => _answeredAt is not null;

    /// <summary>
    /// Gets the messages of the answer that have not been stored yet.
    /// </summary>
    public IReadOnlyList<ChatMessage> Pending => _pending;

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
    /// Loads the history where this is the run's first model call, and stores what is new.
    /// </summary>
    /// <returns>The history that goes in front of the request. What the request repeats is not part of it.</returns>
    public async Task<IReadOnlyList<ChatMessage>> BeginAsync(IncomingMessages incoming, CancellationToken cancellationToken)
    {
        incoming.Continue(_systemMessages);
        _systemMessages = incoming.System;
        var options = new AgentInitializationOptions { NewMessages = incoming.New, Window = window };
        _initialization ??= await manager.InitializeAsync(agent, options, cancellationToken).ConfigureAwait(false);

        // A request may repeat what this run has been given and not stored yet.
        ChatMessage[] history = [.. agent.Messages, .. _pending];
        var repeatedCount = incoming.CountAtEndOf(history);
        // In one insert, the older ones in front.
        ChatMessage[] messages = [.. TakePending(), .. incoming.New.Skip(repeatedCount)];
        if (toolCounting == ToolCounting.BetweenModelCalls)
        {
            // Storing the results comes before the next model call, and so is part of the time.
            await AppendAsync(messages, cancellationToken).ConfigureAwait(false);
            CountTools(messages, _answeredAt is { } start ? timeProvider.GetElapsedTime(start) : TimeSpan.Zero);
        }
        else
        {
            // Counted before, so that the insert takes the counts with it.
            CountTools(messages, TimeSpan.Zero);
            await AppendAsync(messages, cancellationToken).ConfigureAwait(false);
        }

        return history[..^repeatedCount];
    }

    /// <summary>
    /// Creates the list of all messages that the model is to get.
    /// </summary>
    public List<ChatMessage> CreateRequest() => [.. _systemMessages, .. agent.Messages];

    /// <summary>
    /// Lets go of the history, where the run has one model call and is not asked again.
    /// </summary>
    public void ReleaseHistory() => agent.Messages.Clear();

    /// <summary>
    /// Adds messages of the answer. They are stored by <see cref="FlushAsync"/>.
    /// </summary>
    public void AddAnswer(IEnumerable<ChatMessage> messages) => _pending.AddRange(messages);

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
        AddAnswer(response.Messages);
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

        AddAnswer(StoredMessages.GetInterrupted(response.Messages));
        // Not the caller's token: it may be what has ended the answer.
        using var timeout = new CancellationTokenSource(RescueTimeout, timeProvider);
        await FlushAsync(timeout.Token).ConfigureAwait(false);
        await EndAsync(timeout.Token).ConfigureAwait(false);
    }

    /// <summary>
    /// Stores what the messages of the run have not taken with them.
    /// </summary>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        // An agent that this run has added is stored as it is, to the moment.
        var isStored = _initialization is { IsNewAgent: true } && !_hasUnstoredMetrics
            && agent.Model == _givenModel && agent.ConversationManagerState.Count == 0;
        return isStored ? Task.CompletedTask : manager.SyncAgentAsync(agent, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => manager.DisposeAsync();

    // Whether an append that failed has stored anything is not known, so that nothing may be appended again.
    private List<ChatMessage> TakePending()
    {
        var pending = _pending;
        _pending = [];
        return pending;
    }

    private async Task AppendAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            return;
        }

        // The agent keeps the messages as they came; the model is sent those.
        ChatMessage[] stored = [.. messages.Select(StoredMessages.ToStored)];
        await manager.AppendMessagesAsync(stored, agent, cancellationToken).ConfigureAwait(false);

        // The last assistant message takes all metrics with it that there are.
        _hasUnstoredMetrics &= !messages.Any(static message => message.Role == ChatRole.Assistant);
        foreach (var message in messages)
        {
            agent.Messages.Add(message);
        }
    }

    private void AddModelCall(ModelCall call, ChatResponse response)
    {
        agent.Model ??= response.ModelId;
        agent.Metrics.AddModelCall(response.Usage, call.GetElapsedTime(), call.TimeToFirstByte);
        _hasUnstoredMetrics = true;
    }

    private void CountTools(IReadOnlyList<ChatMessage> messages, TimeSpan elapsed)
    {
        if (toolCounting != ToolCounting.None)
        {
            _hasUnstoredMetrics |= ToolResults.Count(agent.Metrics, messages, agent.Messages.Concat(messages), elapsed) > 0;
        }
    }
}
