using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// The session manager, over any storage.
/// </summary>
internal sealed partial class DefaultSessionManager(
    string sessionId,
    SessionStorage storage,
    string? applicationName,
    SessionHooks? hooks,
    AgentPositions positions,
    HistoryMetrics metrics,
    ILogger logger) : ISessionManager
{
    private static readonly MessageQuery AllMessages = new();
    private static readonly MessageQuery FirstMessage = new() { Limit = 1 };
    private static readonly AgentInitializationOptions DefaultInitialization = new();

    private ConcurrentDictionary<string, AgentTracker>? _trackers;
    private volatile bool _disposed;

    /// <inheritdoc/>
    public string SessionId => sessionId;

    /// <inheritdoc/>
    public Task<AgentInitialization> InitializeAsync(ISessionAgent agent, CancellationToken cancellationToken = default) =>
        InitializeAsync(agent, DefaultInitialization, cancellationToken);

    /// <inheritdoc/>
    public async Task<AgentInitialization> InitializeAsync(
        ISessionAgent agent,
        AgentInitializationOptions options,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agent);
        HistoryLoader.ThrowIfInvalid(options);

        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var result = await LoadAsync(agent, options, tracker, cancellationToken).ConfigureAwait(false);
            logger.AgentInitialized(sessionId, agent.AgentId, result.IsNewAgent, result.RestoredMessageCount);
            if (!result.Repair.IsEmpty)
            {
                logger.HistoryRepaired(sessionId, agent.AgentId, result.Repair);
                metrics.Repaired(result.Repair);
            }

            return result;
        }
    }

    /// <inheritdoc/>
    public async Task<int> AppendMessageAsync(ChatMessage message, ISessionAgent agent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var positions = await AppendMessagesAsync([message], agent, cancellationToken).ConfigureAwait(false);
        return positions[0];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> AppendMessagesAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ThrowIfUnusable(agent);
        if (messages.Count == 0)
        {
            return [];
        }

        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // The second gate, always after the first: other session managers of the process append to this agent, too.
            using var entry = await tracker.Position.EnterAsync(cancellationToken).ConfigureAwait(false);
            // An append that has not seen the agent makes sure that it exists, which the storage does not check.
            var nextPosition = tracker.IsKnown ? tracker.Position.Next : null;
            nextPosition ??= await FindEndAsync(agent.AgentId, cancellationToken).ConfigureAwait(false);
            var turnIndex = LastAssistantIndex(messages);
            var turn = turnIndex < 0 ? null : tracker.GetTurnMetrics(agent);
            var ids = await storage
                .AppendMessagesAsync(sessionId, agent.AgentId, messages, nextPosition, turn?.Gained, cancellationToken)
                .ConfigureAwait(false);
            tracker.Position.Appended(ids[^1]);
            tracker.Appended(ids[^1], turnIndex < 0 ? null : ids[turnIndex], turn);
            foreach (var position in ids)
            {
                logger.MessageAppended(sessionId, agent.AgentId, position);
            }

            return ids;
        }
    }

    /// <inheritdoc/>
    public async Task SyncAgentAsync(ISessionAgent agent, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agent);

        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var changes = tracker.GetChanges(agent);
            if (changes is not null)
            {
                var update = storage.UpdateAgentAsync(sessionId, changes.Agent, cancellationToken);

                // What cannot be stored is refused at once, and then nothing else may be stored either.
                var metrics = changes.TurnMetrics is null || update.IsFaulted
                    ? Task.CompletedTask
                    : storage.SetEventLoopMetricsAsync(sessionId, agent.AgentId, changes.TurnPosition, changes.TurnMetrics, cancellationToken);
                // Side by side, as they do not depend on each other. If either fails, the next sync sends both again.
                await Task.WhenAll(update, metrics).ConfigureAwait(false);
                tracker.Synced(changes);
            }

            logger.AgentSynced(sessionId, agent.AgentId, changes is not null);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.ListMessagesAsync(sessionId, agentId, query ?? AllMessages, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.StreamMessagesAsync(sessionId, agentId, query ?? AllMessages, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> GetMessageCountAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.GetMessageCountAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AgentConfig?> GetAgentConfigAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.GetAgentConfigAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.ListAgentsAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<string?> GetApplicationNameAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        var session = await storage.GetSessionAsync(sessionId, cancellationToken).ConfigureAwait(false);
        return session?.ApplicationName;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return hooks?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async Task<AgentInitialization> LoadAsync(
        ISessionAgent agent,
        AgentInitializationOptions options,
        AgentTracker tracker,
        CancellationToken cancellationToken)
    {
        ChatMessage[] ownMessages = [.. agent.Messages];
        var added = AgentTracker.ToData(agent);
        var load = tracker.Position.BeginLoad();
        var addition = await storage.GetOrAddAgentAsync(sessionId, added, ownMessages, applicationName, HistoryLoader.GetMaxMessages(options), cancellationToken).ConfigureAwait(false);
        var isNew = addition.ExistingAgent is null;
        if (addition.HasGivenMessages)
        {
            tracker.Initialized(added, ownMessages.Length);
            tracker.Position.Loaded(ownMessages.Length, load);
            return new AgentInitialization { IsNewAgent = isNew, RestoredMessageCount = 0 };
        }

        var stored = addition.ExistingAgent ?? added;
        // A new agent whose own messages are not the first: another writer's have come in between, and count.
        var messages = isNew ? await ListAsync(agent.AgentId, AllMessages, cancellationToken).ConfigureAwait(false) : addition.Messages;
        if (messages.Count == 0 && stored.RemovedMessageCount == 0 && ownMessages.Length > 0)
        {
            // The process that added the agent ended before it had added its messages.
            await storage.AddFirstMessagesAsync(sessionId, agent.AgentId, ownMessages, cancellationToken).ConfigureAwait(false);
            messages = await ListAsync(agent.AgentId, AllMessages, cancellationToken).ConfigureAwait(false);
        }

        var first = HistoryLoader.LacksFirst(stored, messages)
            ? await ListAsync(agent.AgentId, FirstMessage, cancellationToken).ConfigureAwait(false)
            : [];
        var history = await HistoryLoader.LoadAsync(stored, first is [var one] ? one : null, messages, options, cancellationToken).ConfigureAwait(false);
        Restore(agent, stored, history.Messages);
        // Where all that is stored is left out, nothing that was read tells where it ends.
        int? end = messages is [.., var last] ? last.Position + 1 : stored.RemovedMessageCount == 0 ? 0 : null;
        var loaded = AgentTracker.ToData(agent) with { Model = stored.Model, SystemPrompt = stored.SystemPrompt, CapturedConfig = stored.CapturedConfig };
        tracker.Initialized(loaded, end);
        tracker.Position.Loaded(end, load);

        // After the tracker has seen what is stored: what the window has changed is for the next sync.
        agent.ConversationManagerState = history.State;
        return new AgentInitialization { IsNewAgent = isNew, RestoredMessageCount = history.RestoredCount, Repair = history.Repair };
    }

    private static void Restore(ISessionAgent agent, AgentData stored, IReadOnlyList<ChatMessage> messages)
    {
        agent.State = stored.State ?? [];
        agent.ConversationManagerState = stored.ConversationManagerState ?? [];
        agent.Messages.Clear();
        foreach (var message in messages)
        {
            agent.Messages.Add(message);
        }
    }

    private Task<IReadOnlyList<SessionMessage>> ListAsync(string agentId, MessageQuery query, CancellationToken cancellationToken) =>
        storage.ListMessagesAsync(sessionId, agentId, query, cancellationToken);

    private static int LastAssistantIndex(IReadOnlyList<ChatMessage> messages)
    {
        var index = messages.Count - 1;
        while (index >= 0 && messages[index]?.Role != ChatRole.Assistant)
        {
            index--;
        }

        return index;
    }

    /// <summary>
    /// Makes sure that the agent is there to append to, and finds where its history ends.
    /// </summary>
    private async Task<int> FindEndAsync(string agentId, CancellationToken cancellationToken)
    {
        var agent = storage.GetAgentConfigAsync(sessionId, agentId, cancellationToken);
        var count = storage.GetMessageCountAsync(sessionId, agentId, cancellationToken);
        await Task.WhenAll(agent, count).ConfigureAwait(false);
        if (await agent.ConfigureAwait(false) is null)
        {
            throw await storage.GetSessionAsync(sessionId, cancellationToken).ConfigureAwait(false) is null
                ? new SessionNotFoundException(sessionId)
                : new AgentNotFoundException(sessionId, agentId);
        }

        return await count.ConfigureAwait(false);
    }

    private AgentTracker GetTracker(ISessionAgent agent)
    {
        var trackers = _trackers ?? Interlocked.CompareExchange(ref _trackers, new(StringComparer.Ordinal), null) ?? _trackers;
        return trackers.GetOrAdd(agent.AgentId, (_, agent) => new AgentTracker(agent.AgentId, agent.GetMetrics(), positions.Get(storage, sessionId, agent.AgentId)), agent);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private void ThrowIfUnusable(ISessionAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ThrowIfDisposed();
        Identifier.ThrowIfInvalid(agent.AgentId, nameof(agent));
    }

    private void ThrowIfUnusable(string agentId)
    {
        ThrowIfDisposed();
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
    }
}
