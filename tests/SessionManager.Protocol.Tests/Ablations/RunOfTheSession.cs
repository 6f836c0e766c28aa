using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// One run for all agents of a session, where each has a branch of its own.
/// </summary>
internal sealed class RunOfTheSession(World world, Writer writer) : StepStorage(world, writer)
{
    protected override async Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken)
    {
        var loaded = await base.GetOrAddAgentCoreAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken);
        Share(agent.AgentId, run?.Token);
        return loaded;
    }

    protected override async Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken)
    {
        var branch = await base.TryChangeHistoryCoreAsync(sessionId, change, cancellationToken);
        Share(change.Expected.Branch.AgentId, change.Run.Token);
        return branch;
    }

    protected override async Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken)
    {
        var isUpdated = await base.UpdateAgentCoreAsync(sessionId, update, fence, cancellationToken);
        Share(update.AgentId, fence?.RunToken);
        return isUpdated;
    }

    private void Share(string agentId, string? token)
    {
        if (World.FindAgent(agentId)?.GetValue(Fields.Run, BsonNull.Value) is BsonDocument run && run[Fields.Token] == token)
        {
            foreach (var other in World.FindSession()!.Document![Fields.Agents].AsBsonDocument)
            {
                other.Value.AsBsonDocument[Fields.Run] = run.DeepClone();
            }
        }
    }
}
