using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    /// <inheritdoc/>
    protected override async Task<AgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        AgentData agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        CancellationToken cancellationToken)
    {
        Task<bool>? addMessages = null;
        while (true)
        {
            var (session, latest) = await LoadAsync(sessionId, agent.AgentId, maxMessages ?? int.MaxValue, cancellationToken).ConfigureAwait(false);
            if (AgentDocument.Find(session, agent.AgentId) is { } existing)
            {
                _ = addMessages is null || await addMessages.ConfigureAwait(false);
                var history = await CompleteAsync(sessionId, existing, latest, maxMessages ?? int.MaxValue, cancellationToken).ConfigureAwait(false);
                return new AgentAddition { ExistingAgent = existing, HasGivenMessages = false, Messages = history };
            }

            // Both are encoded before either is sent, so that what cannot be stored leaves nothing behind. Whose messages
            // come first is settled among themselves, so they need not wait for the agent; an agent whose addition fails
            // finds them at the next try.
            var now = Now();
            var document = AgentDocument.ToBson(agent, now);
            var documents = _messages.CreateDocuments(sessionId, agent.AgentId, messages);
            if (session is null)
            {
                await DeleteLeftoversAsync(sessionId, cancellationToken).ConfigureAwait(false);
            }

            // Once, however often another writer gets in before.
            addMessages ??= _messages.AddFirstAsync(documents, cancellationToken);
            var addAgent = session is null
                ? TryInsertAsync(SessionDocument.Create(sessionId, applicationName, now, agent.AgentId, document), cancellationToken)
                : TryUpdateAsync(
                    sessionId,
                    SessionDocument.ToFilter(sessionId, agent.AgentId, hasAgent: false),
                    SessionDocument.ToAddAgent(agent.AgentId, document, now),
                    cancellationToken);
            // Where the session or the agent is there meanwhile, the loop finds it.
            await Task.WhenAll(addAgent, addMessages).ConfigureAwait(false);
            if (await addAgent.ConfigureAwait(false))
            {
                return new AgentAddition { ExistingAgent = null, HasGivenMessages = await addMessages.ConfigureAwait(false) };
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task<AgentData?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ToAgentProjection(agentId), cancellationToken).ConfigureAwait(false);
        return AgentDocument.Find(session, agentId);
    }

    /// <inheritdoc/>
    protected override async Task UpdateAgentCoreAsync(string sessionId, AgentData update, CancellationToken cancellationToken)
    {
        var filter = SessionDocument.ToFilter(sessionId, update.AgentId, hasAgent: true);
        if (!await TryUpdateAsync(sessionId, filter, SessionDocument.ToUpdateAgent(update, Now()), cancellationToken).ConfigureAwait(false))
        {
            throw await FindAsync(sessionId, SessionDocument.InfoProjection, cancellationToken).ConfigureAwait(false) is null
                ? new SessionNotFoundException(sessionId)
                : new AgentNotFoundException(sessionId, update.AgentId);
        }
    }

    /// <inheritdoc/>
    protected override async Task<AgentConfig?> GetAgentConfigCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ToConfigProjection(agentId), cancellationToken).ConfigureAwait(false);
        return AgentDocument.FindConfig(session, agentId);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<AgentConfig>> ListAgentsCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionDocument.ConfigsProjection, cancellationToken).ConfigureAwait(false);
        return session is null ? [] : SessionDocument.ToConfigs(session);
    }
}
