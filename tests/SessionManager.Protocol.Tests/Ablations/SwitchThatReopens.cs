using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A switch that makes the old number current again.
/// </summary>
internal sealed class SwitchThatReopens(World world, Writer writer) : StepStorage(world, writer)
{
    protected override async Task<AgentBranch?> ChangeHistoryAsync(string sessionId, HistoryChange change)
    {
        var branch = await base.ChangeHistoryAsync(sessionId, change);
        if (branch is not null && change.Base is [var old])
        {
            var agent = World.FindAgent(branch.AgentId)!;
            agent[Fields.Branch] = old.Branch;
            agent[Fields.Base] = new BsonArray();
        }

        return branch;
    }
}
