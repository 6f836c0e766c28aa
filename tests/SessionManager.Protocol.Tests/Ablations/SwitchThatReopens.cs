using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A switch that makes the old number current again.
/// </summary>
internal sealed class SwitchThatReopens(World world, Writer writer) : StepStorage(world, writer)
{
    protected override Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken) =>
        World.SendAsync(
            Writer,
            Describe(change),
            CommandKind.Update,
            async () =>
            {
                var branch = await Inner.TryChangeHistoryAsync(sessionId, change, CancellationToken.None);
                if (branch is not null && change.Base is [var old])
                {
                    var agent = World.FindAgent(branch.AgentId)!;
                    agent[Fields.Branch] = old.Branch;
                    agent[Fields.Base] = new BsonArray();
                }

                return branch;
            },
            static branch => $"{branch?.Number}");
}
