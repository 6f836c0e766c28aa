using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal;

/// <summary>
/// What happens in one session during one run of an agent: one model call, or several with tool calls between them.
/// </summary>
/// <remarks>Not thread-safe, but for <see cref="Current"/>: a run belongs to one flow of control.</remarks>
internal sealed partial class SessionRun(ISessionManager manager, HistoryWindow? window, TimeProvider timeProvider) : IAsyncDisposable
{
    private SessionAgent? _agent;
    private AgentInitialization? _initialization;
    private string? _givenModel;
    private bool _hasUnstoredMetrics;
    private IReadOnlyList<ChatMessage> _systemMessages = [];
    private List<ChatMessage> _pending = [];

    /// <summary>
    /// Gets the id of the agent, or null before the first model call.
    /// </summary>
    public string? AgentId => _agent?.AgentId;

    /// <summary>
    /// Gets a value indicating whether the history has been loaded.
    /// </summary>
    public bool IsOpen => _initialization is not null;

    /// <summary>
    /// Gets a value indicating whether the response so far ends with a call of a tool.
    /// </summary>
    public bool HasOpenToolCall => AgentMessages.EndWithToolCall(_pending);

    /// <summary>
    /// Loads the history where this is the run's first model call, and stores what is new.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="caller">The agent that calls the model.</param>
    /// <param name="incoming">The messages of the request.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The history that goes in front of the request. What the request repeats is not part of it.</returns>
    public async Task<IReadOnlyList<ChatMessage>> BeginAsync(string agentId, AIAgent caller, IncomingMessages incoming, CancellationToken cancellationToken)
    {
        Cover(incoming.New);
        incoming.Continue(_systemMessages);
        _systemMessages = incoming.System;
        var agent = _agent ??= CreateAgent(agentId, caller, incoming);
        _initialization ??= await manager
            .InitializeAsync(agent, new AgentInitializationOptions { NewMessages = incoming.New, Window = window }, cancellationToken)
            .ConfigureAwait(false);

        ChatMessage[] history = [.. agent.Messages, .. _pending];
        var repeatedCount = incoming.CountAtEndOf(history);
        await AppendAsync(agent, [.. TakePending(), .. incoming.New.Skip(repeatedCount)], cancellationToken).ConfigureAwait(false);
        _modelCalledAt ??= timeProvider.GetTimestamp();
        return history[..^repeatedCount];
    }

    /// <summary>
    /// Lets go of the history, for a run that is not led: it has one model call, and nobody asks again.
    /// </summary>
    public void ReleaseHistory() => _agent?.Messages.Clear();

    /// <summary>
    /// Adds messages of the response. They are stored by <see cref="FlushAsync"/>.
    /// </summary>
    public void AddResponse(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] added = [.. messages];
        _pending.AddRange(added);
        if (added.Length > 0)
        {
            Cover(added);
        }
    }

    /// <summary>
    /// Stores the messages of the response so far.
    /// </summary>
    public Task FlushAsync(CancellationToken cancellationToken) => AppendAsync(_agent!, TakePending(), cancellationToken);

    /// <summary>
    /// Stores the messages of the response, and what they have not taken with them.
    /// </summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);

        // An agent that this run has added is stored as it is, to the moment.
        var isStored = _initialization is { IsNewAgent: true } && !_hasUnstoredMetrics
            && _agent!.Model == _givenModel && _agent.ConversationManagerState.Count == 0;
        if (!isStored)
        {
            await manager.SyncAgentAsync(_agent!, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => manager.DisposeAsync();

    private SessionAgent CreateAgent(string agentId, AIAgent caller, IncomingMessages incoming)
    {
        var options = caller.GetService<ChatOptions>();
        _givenModel = options?.ModelId ?? caller.GetService<ChatClientMetadata>()?.DefaultModelId;
        return new SessionAgent(agentId) { Model = _givenModel, SystemPrompt = incoming.GetSystemPrompt(options?.Instructions) };
    }

    // Whether an append that failed has stored anything is not known, so that nothing may be appended again.
    private List<ChatMessage> TakePending()
    {
        var pending = _pending;
        _pending = [];
        return pending;
    }

    private async Task AppendAsync(SessionAgent agent, List<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            return;
        }

        _hasUnstoredMetrics |= IsLed && ToolResults.Count(agent.Metrics, messages, agent.Messages.Concat(messages), TimeSpan.Zero) > 0;
        ChatMessage[] stored = [.. messages.Select(StoredMessages.ToStored)];
        await manager.AppendMessagesAsync(stored, agent, cancellationToken).ConfigureAwait(false);
        _hasUnstoredMetrics &= !stored.Any(static message => message.Role == ChatRole.Assistant);
        foreach (var message in stored)
        {
            agent.Messages.Add(message);
        }
    }
}
