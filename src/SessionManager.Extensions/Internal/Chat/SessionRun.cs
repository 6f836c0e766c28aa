using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Chat;

/// <summary>
/// What happens in one session between a request and the last answer to it: one model call, or several with tool calls
/// between them.
/// </summary>
/// <remarks>Not thread-safe: a run belongs to one request at a time.</remarks>
internal sealed class SessionRun(ISessionManager manager, SessionAgent agent, TimeProvider timeProvider, ILogger logger) : IAsyncDisposable
{
    // The caller may have cancelled, and waits for nothing but this.
    private static readonly TimeSpan RescueTimeout = TimeSpan.FromSeconds(10);

    private readonly string? _givenModel = agent.Model;
    private IReadOnlyList<ChatMessage> _systemMessages = [];
    private AgentInitialization? _initialization;
    private long? _answeredAt;
    private bool _hasStoredMetrics;

    public string SessionId => manager.SessionId;

    /// <summary>
    /// Loads the history where this is the run's first model call, and stores what is new.
    /// </summary>
    public async Task BeginAsync(IncomingMessages incoming, HistoryWindow? window, CancellationToken cancellationToken)
    {
        if (incoming.System.Count > 0)
        {
            _systemMessages = incoming.System;
        }

        var options = new AgentInitializationOptions { NewMessages = incoming.New, Window = window };
        _initialization ??= await manager.InitializeAsync(agent, options, cancellationToken).ConfigureAwait(false);

        ChatMessage[] messages = [.. incoming.New.Skip(incoming.CountAtEndOf([.. agent.Messages]))];
        await AppendAsync(messages, cancellationToken).ConfigureAwait(false);
        var elapsed = _answeredAt is { } start ? timeProvider.GetElapsedTime(start) : TimeSpan.Zero;
        ToolResults.Count(agent.Metrics, messages, agent.Messages, elapsed);
    }

    /// <summary>
    /// Creates the list of all messages that the model is to get.
    /// </summary>
    public List<ChatMessage> CreateRequest() => [.. _systemMessages, .. agent.Messages];

    /// <summary>
    /// Stores an answer, with what it cost.
    /// </summary>
    public async Task CompleteAsync(ModelCall call, ChatResponse response, CancellationToken cancellationToken)
    {
        AddMetrics(call, response);
        await AppendAsync([.. response.Messages], cancellationToken).ConfigureAwait(false);
        _hasStoredMetrics = HasAssistantMessage(response.Messages);
        _answeredAt = timeProvider.GetTimestamp();
    }

    /// <summary>
    /// Stores what has arrived of an answer that has no end, and what it cost. Never throws.
    /// </summary>
    public async Task InterruptAsync(ModelCall call, IReadOnlyCollection<ChatResponseUpdate> updates)
    {
        try
        {
            var response = updates.ToChatResponse();
            AddMetrics(call, response);
            var messages = StoredMessages.GetInterrupted(response.Messages);
            if (messages.Count == 0 && _answeredAt is null)
            {
                return;
            }

            using var timeout = new CancellationTokenSource(RescueTimeout, timeProvider);
            await AppendAsync(messages, timeout.Token).ConfigureAwait(false);
            _hasStoredMetrics = HasAssistantMessage(messages);
            await EndAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What ended the answer is on its way to the caller, and matters more.
            logger.InterruptedNotStored(SessionId, agent.AgentId, e.GetType().Name);
        }
    }

    /// <summary>
    /// Stores what the messages of the run have not taken with them.
    /// </summary>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        // An agent that this run has added is stored as it is, to the moment.
        var isStored = _initialization is { IsNewAgent: true } && _hasStoredMetrics
            && agent.Model == _givenModel && agent.ConversationManagerState.Count == 0;
        return isStored ? Task.CompletedTask : manager.SyncAgentAsync(agent, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => manager.DisposeAsync();

    private static bool HasAssistantMessage(IEnumerable<ChatMessage> messages) =>
        messages.Any(static message => message.Role == ChatRole.Assistant);

    private async Task AppendAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
        {
            return;
        }

        ChatMessage[] stored = [.. messages.Select(StoredMessages.ToStored)];
        await manager.AppendMessagesAsync(stored, agent, cancellationToken).ConfigureAwait(false);
        foreach (var message in messages)
        {
            agent.Messages.Add(message);
        }
    }

    private void AddMetrics(ModelCall call, ChatResponse response)
    {
        agent.Model ??= response.ModelId;
        agent.Metrics.AddModelCall(response.Usage, call.GetElapsedTime(), call.TimeToFirstByte);

        // Whoever has called tools inside the model call has the time that they took inside it, too.
        ToolResults.Count(agent.Metrics, response.Messages, [.. agent.Messages, .. response.Messages], TimeSpan.Zero);
    }
}
