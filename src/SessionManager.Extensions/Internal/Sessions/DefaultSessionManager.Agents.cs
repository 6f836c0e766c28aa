using Microsoft.Extensions.AI;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    private static readonly MessageQuery FirstMessage = new() { Limit = 1 };
    private static readonly AgentInitializationOptions DefaultInitialization = new();

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

            if (result is not { EditedMessageCount: 0, IgnoredMessageCount: 0 })
            {
                logger.IncomingDiffers(sessionId, agent.AgentId, result.EditedMessageCount, result.IgnoredMessageCount);
                metrics.Compared(result.EditedMessageCount, result.IgnoredMessageCount);
            }

            return result;
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
    public Task UpdateAgentConfigAsync(
        string agentId,
        string? model = null,
        string? systemPrompt = null,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return model is null && systemPrompt is null
            ? Task.CompletedTask
            : storage.UpdateAgentAsync(sessionId, new StoredAgent { AgentId = agentId, Model = model, SystemPrompt = systemPrompt }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SetPromptMetadataAsync(
        string agentId,
        IReadOnlyDictionary<string, object?> promptMetadata,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentNullException.ThrowIfNull(promptMetadata);
        return storage.UpdateAgentAsync(sessionId, new StoredAgent { AgentId = agentId, PromptMetadata = promptMetadata }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SessionUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.GetUsageAsync(sessionId, cancellationToken);
    }

    private async Task<AgentInitialization> LoadAsync(
        ISessionAgent agent,
        AgentInitializationOptions options,
        AgentTracker tracker,
        CancellationToken cancellationToken)
    {
        ChatMessage[] ownMessages = [.. agent.Messages];
        Identify(ownMessages);
        var added = AgentTracker.ToData(agent);
        var load = tracker.Position.BeginLoad();
        var addition = await storage.GetOrAddAgentAsync(sessionId, added, ownMessages, applicationName, HistoryLoader.GetMaxMessages(options), cancellationToken).ConfigureAwait(false);
        var isNew = addition.ExistingAgent is null;
        if (addition.HasGivenMessages)
        {
            tracker.Initialized(added, ownMessages.Length);
            tracker.Position.Loaded(ownMessages.Length, load);
            var first = MessageMatch.Find(options.NewMessages, ownMessages, options.UserMessagesOnly);
            return new AgentInitialization
            {
                IsNewAgent = isNew,
                RestoredMessageCount = 0,
                NewMessages = first.New,
                EditedMessageCount = first.EditedCount,
                IgnoredMessageCount = first.IgnoredCount,
            };
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

        var incoming = await CompareAsync(agent.AgentId, messages, options, cancellationToken).ConfigureAwait(false);
        if (incoming.TurnStart is { } turnStart)
        {
            var turn = new MessageQuery { FromPosition = Math.Max(turnStart, stored.RemovedMessageCount) };
            messages = await ListAsync(agent.AgentId, turn, cancellationToken).ConfigureAwait(false);
        }

        SessionMessage? oldest = null;
        if (HistoryLoader.LacksFirst(stored, messages))
        {
            oldest = incoming.First ?? (await ListAsync(agent.AgentId, FirstMessage, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
        }

        var history = await HistoryLoader
            .LoadAsync(stored, oldest, messages, incoming, options.Window, cancellationToken)
            .ConfigureAwait(false);
        if (history.ReducerError is { } error)
        {
            logger.ReducerFailed(sessionId, agent.AgentId, error.GetType().Name);
            metrics.ReducerFailed();
        }

        Restore(agent, stored, history.Messages);
        // Where all that is stored is left out, nothing that was read tells where it ends.
        int? end = messages is [.., var last] ? last.Position + 1 : stored.RemovedMessageCount == 0 ? 0 : null;
        var loaded = AgentTracker.ToData(agent) with { Model = stored.Model, SystemPrompt = stored.SystemPrompt, CapturedConfig = stored.CapturedConfig };
        tracker.Initialized(loaded, end);
        tracker.Position.Loaded(end, load);

        // After the tracker has seen what is stored: what the window has changed is for the next sync.
        agent.ConversationManagerState = history.State;
        return new AgentInitialization
        {
            IsNewAgent = isNew,
            RestoredMessageCount = history.RestoredCount,
            Repair = history.Repair,
            NewMessages = incoming.New,
            IsAskedAgain = incoming.IsAskedAgain,
            AwaitsApproval = incoming.AwaitsApproval,
            EditedMessageCount = incoming.EditedCount,
            IgnoredMessageCount = incoming.IgnoredCount,
        };
    }

    /// <summary>
    /// Compares what a request brings with what is stored, and stores what has to be before anything follows: the edited text of a
    /// message that has no answer, and who answers a request for approval.
    /// </summary>
    private async Task<IncomingHistory> CompareAsync(
        string agentId,
        IReadOnlyList<SessionMessage> messages,
        AgentInitializationOptions options,
        CancellationToken cancellationToken)
    {
        var incoming = await IncomingHistory
            .CompareAsync(options, messages, before => storage.ListMessageIdentitiesAsync(sessionId, agentId, before, cancellationToken))
            .ConfigureAwait(false);
        if (incoming.AnsweredBefore is { } answered)
        {
            throw new RequestAnsweredException(sessionId, agentId, answered);
        }

        foreach (var (position, requestId) in incoming.FindAnsweredRequests(messages))
        {
            if (!await storage.TryClaimRequestAsync(sessionId, agentId, position, requestId, cancellationToken).ConfigureAwait(false))
            {
                throw new RequestAnsweredException(sessionId, agentId, requestId);
            }
        }

        if (incoming.Edited is { } edited)
        {
            var isReplaced = await storage
                .TryReplaceLastMessageAsync(sessionId, agentId, incoming.LastPosition!.Value, edited, cancellationToken)
                .ConfigureAwait(false);
            incoming.Replaced(isReplaced);
        }

        return incoming;
    }

    private static void Restore(ISessionAgent agent, StoredAgent stored, IReadOnlyList<ChatMessage> messages)
    {
        agent.State = stored.State ?? [];
        agent.ConversationManagerState = stored.ConversationManagerState ?? [];
        agent.Messages.Clear();
        foreach (var message in messages)
        {
            agent.Messages.Add(message);
        }
    }
}
