using Microsoft.Extensions.AI;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    private static readonly MessageQuery AllMessages = new();

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

        Identify(messages);
        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // The second gate, always after the first: other session managers of the process append to this agent, too.
            using var entry = await tracker.Position.EnterAsync(cancellationToken).ConfigureAwait(false);
            // An append that has not seen the agent makes sure that it exists, which the storage does not check.
            var nextPosition = tracker.IsKnown ? tracker.Position.Next : null;
            nextPosition ??= await FindEndAsync(agent.AgentId, cancellationToken).ConfigureAwait(false);
            var turnIndex = TurnEnd.IndexIn(messages);
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
    public async Task<IReadOnlyList<int>> AppendAnswerAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default)
    {
        using var omitted = new OmittedProperties();
        while (true)
        {
            try
            {
                return await AppendMessagesAsync(messages, agent, cancellationToken).ConfigureAwait(false);
            }
            // Nothing was written. Each attempt has a property less.
            catch (UnstorablePropertyException e) when (omitted.TryOmit(e))
            {
                logger.PropertyNotStored(sessionId, agent.AgentId, e.PropertyName);
            }
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return ListAsync(agentId, query ?? AllMessages, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.StreamMessagesAsync(sessionId, agentId, query ?? AllMessages, cancellationToken).Select(Identify);
    }

    /// <inheritdoc/>
    public Task<int> GetMessageCountAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.GetMessageCountAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> TryReplaceDamagedMessageAsync(string agentId, int position, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.TryReplaceDamagedMessageAsync(sessionId, agentId, position, cancellationToken);
    }

    private async Task<IReadOnlyList<SessionMessage>> ListAsync(string agentId, MessageQuery query, CancellationToken cancellationToken)
    {
        var messages = await storage.ListMessagesAsync(sessionId, agentId, query, cancellationToken).ConfigureAwait(false);
        foreach (var message in messages)
        {
            Identify(message);
        }

        return messages;
    }

    // By its id the caller can name a message, and it is known when it is sent again. A null is refused by the storage.
    private static void Identify(IReadOnlyList<ChatMessage> messages)
    {
        foreach (var message in messages)
        {
            message?.MessageId ??= MessageIds.Create();
        }
    }

    private static SessionMessage Identify(SessionMessage message)
    {
        IncomingHistory.Identify(message);
        return message;
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
}
