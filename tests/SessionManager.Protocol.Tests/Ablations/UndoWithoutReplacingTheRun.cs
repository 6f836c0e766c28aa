using SessionManager.Internal.Storage.Documents;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// An undo that leaves the run, which ends wherever it is the latest one.
/// </summary>
/// <remarks>The token and the branch protect from each other's loss: either alone would do here.</remarks>
internal sealed class UndoWithoutReplacingTheRun(World world, Writer writer) : EndOnAnyBranch(world, writer)
{
    protected override async Task<AgentBranch?> ChangeHistoryAsync(string sessionId, HistoryChange change)
    {
        var before = World.FindAgent(change.Expected.Branch.AgentId)?.GetValue(Fields.Run, null)?.DeepClone();
        var branch = await base.ChangeHistoryAsync(sessionId, change);
        if (branch is not null && change.IsReleased)
        {
            World.FindAgent(branch.AgentId)![Fields.Run] = before;
        }

        return branch;
    }
}
