using Microsoft.Extensions.AI;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

/// <content>How an agent gets its history, in a run or without one.</content>
internal sealed partial class DefaultSessionManager
{
    private static readonly MessageQuery FirstMessage = new() { Limit = 1 };

    private Task<StoredAgentAddition> GetOrAddAsync(OwnAgent own, AgentInitializationOptions options, RunRequest? run, CancellationToken cancellationToken) =>
        storage.GetOrAddAgentAsync(_id, ToNew(own), own.Messages, applicationName, HistoryLoader.GetMaxMessages(options), run, options.RequireExisting, cancellationToken);

    private StoredAgent ToNew(OwnAgent own) => own.Messages.Length == 0
        ? own.Stored
        : own.Stored with { Shown = Show(own.Messages, static index => index) with { MessageCount = own.Messages.Length } };

    private async Task<AgentInitialization> LoadAsync(
        OwnAgent own,
        AgentInitializationOptions options,
        AgentTracker tracker,
        StoredAgentAddition addition,
        int load,
        CancellationToken cancellationToken)
    {
        var result = await RestoreAsync(own, options, tracker, addition, load, cancellationToken).ConfigureAwait(false);
        logger.AgentInitialized(key.SessionId, own.Agent.AgentId, result.IsNewAgent, result.RestoredMessageCount);
        if (!result.Repair.IsEmpty)
        {
            logger.HistoryRepaired(key.SessionId, own.Agent.AgentId, result.Repair);
            metrics.Repaired(result.Repair);
        }

        if (result is not { EditedMessageCount: 0, IgnoredMessageCount: 0 })
        {
            logger.IncomingDiffers(key.SessionId, own.Agent.AgentId, result.EditedMessageCount, result.IgnoredMessageCount);
            metrics.Compared(result.EditedMessageCount, result.IgnoredMessageCount);
        }

        return result;
    }

    private async Task<AgentInitialization> RestoreAsync(
        OwnAgent own,
        AgentInitializationOptions options,
        AgentTracker tracker,
        StoredAgentAddition addition,
        int load,
        CancellationToken cancellationToken)
    {
        var (agent, added, ownMessages) = (own.Agent, own.Stored, own.Messages);
        var branch = addition.History.Branch;
        var isNew = addition.ExistingAgent is null;
        if (addition.HasGivenMessages)
        {
            tracker.Initialized(added, addition.History, ownMessages.Length);
            tracker.Position.Loaded(branch.Number, ownMessages.Length, load);
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
        var messages = isNew
            ? await ListAsync(branch, AllMessages, cancellationToken).ConfigureAwait(false)
            : await CompleteHistoryAsync(stored, addition, HistoryLoader.GetMaxMessages(options), cancellationToken).ConfigureAwait(false);
        if (messages.Count == 0 && stored.RemovedMessageCount == 0 && ownMessages.Length > 0)
        {
            // The process that added the agent ended before it had added its messages.
            await storage.AddFirstMessagesAsync(_id, branch, ownMessages, cancellationToken).ConfigureAwait(false);
            messages = await ListAsync(branch, AllMessages, cancellationToken).ConfigureAwait(false);
        }

        var incoming = await CompareAsync(tracker, branch, messages, options, cancellationToken).ConfigureAwait(false);
        if (incoming.TurnStart is { } turnStart)
        {
            var turn = new MessageQuery { FromPosition = Math.Max(turnStart, stored.RemovedMessageCount) };
            messages = await ListAsync(branch, turn, cancellationToken).ConfigureAwait(false);
        }

        SessionMessage? oldest = null;
        if (HistoryLoader.LacksFirst(stored, messages))
        {
            oldest = incoming.First ?? (await ListAsync(branch, FirstMessage, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
        }

        var history = await HistoryLoader
            .LoadAsync(stored, oldest, messages, incoming, options.Window, cancellationToken)
            .ConfigureAwait(false);
        if (history.ReducerError is { } error)
        {
            logger.ReducerFailed(key.SessionId, agent.AgentId, error.GetType().Name);
            metrics.ReducerFailed();
        }

        Restore(agent, stored, history.Messages);
        // Where all that is stored is left out, nothing that was read tells where it ends.
        int? end = messages is [.., var last] ? last.Position + 1 : stored.RemovedMessageCount == 0 ? 0 : null;
        var loaded = AgentTracker.ToData(agent) with { Model = stored.Model, SystemPrompt = stored.SystemPrompt, CapturedConfig = stored.CapturedConfig };
        tracker.Initialized(loaded, addition.History, end);
        tracker.Position.Loaded(branch.Number, end, load);

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
    /// Gets the history of an agent, oldest first, of which the latest messages were read beside it.
    /// </summary>
    private async Task<IReadOnlyList<SessionMessage>> CompleteHistoryAsync(
        StoredAgent agent, StoredAgentAddition addition, int? maxMessages, CancellationToken cancellationToken)
    {
        var branch = addition.History.Branch;
        var first = agent.RemovedMessageCount;
        var messages = addition.Messages;
        var end = messages is [.., { Position: var last }] ? last + 1 : 0;
        if (end < Math.Max(addition.History.End, first))
        {
            // They were read before the agent was, and a run has ended in between; or others that stand on earlier branches were in the way.
            var query = new MessageQuery { FromPosition = first, Limit = maxMessages, NewestFirst = true };
            var latest = await ListAsync(branch, query, cancellationToken).ConfigureAwait(false);
            return [.. latest.Reverse()];
        }

        foreach (var message in messages)
        {
            Identify(message);
        }

        if (messages is not [{ Position: var reached }, ..] || reached <= first || messages.Count >= maxMessages)
        {
            return first == 0 || messages is [{ Position: var start }, ..] && start >= first ? messages : [.. messages.SkipWhile(message => message.Position < first)];
        }

        var earlier = new MessageQuery { FromPosition = Math.Max(first, reached - Math.Min(maxMessages - messages.Count ?? reached, reached)), BeforePosition = reached };
        return [.. await ListAsync(branch, earlier, cancellationToken).ConfigureAwait(false), .. messages];
    }

    /// <summary>
    /// Compares what a request brings with what is stored, and stores what has to be before anything follows: the edited text of a
    /// message that has no answer, and who answers a request for approval.
    /// </summary>
    private async Task<IncomingHistory> CompareAsync(
        AgentTracker tracker,
        AgentBranch branch,
        IReadOnlyList<SessionMessage> messages,
        AgentInitializationOptions options,
        CancellationToken cancellationToken)
    {
        var incoming = await IncomingHistory
            .CompareAsync(options, messages, before => storage.ListMessageIdentitiesAsync(_id, branch, before, cancellationToken))
            .ConfigureAwait(false);
        if (incoming.AnsweredBefore is { } answered)
        {
            throw new RequestAnsweredException(_id, branch.AgentId, answered);
        }

        foreach (var (position, requestId) in incoming.FindAnsweredRequests(messages))
        {
            if (!await storage.TryClaimRequestAsync(_id, branch, position, requestId, cancellationToken).ConfigureAwait(false))
            {
                throw new RequestAnsweredException(_id, branch.AgentId, requestId);
            }
        }

        if (incoming.Edited is { } edited)
        {
            var isReplaced = await storage
                .TryReplaceLastMessageAsync(_id, branch, incoming.LastPosition!.Value, edited, cancellationToken)
                .ConfigureAwait(false);
            incoming.Replaced(isReplaced);
            if (isReplaced)
            {
                tracker.Replaced(ShownMessages.Replace(incoming.LastPosition!.Value, edited, timeProvider.GetUtcNow()));
            }
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

    /// <summary>
    /// An agent as it is before it is loaded, to be stored where it is new.
    /// </summary>
    private sealed class OwnAgent
    {
        public OwnAgent(ISessionAgent agent)
        {
            Agent = agent;
            Messages = [.. agent.Messages];
            Identify(Messages);
            Stored = AgentTracker.ToData(agent);
        }

        public ISessionAgent Agent { get; }

        public ChatMessage[] Messages { get; }

        public StoredAgent Stored { get; }
    }
}
