using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A takeover in two updates: first the run, then the branch.
/// </summary>
internal sealed class TakeoverInTwoUpdates(World world, Writer writer) : StepStorage(world, writer)
{
    protected override async Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken)
    {
        var expected = change.Expected;
        var isReplaced = await World.SendAsync(
            Writer, $"replace run {expected.Run?.Token} {change.Run.Token}", CommandKind.Update, () => Task.FromResult(TryReplace(change)), static isReplaced => $"{isReplaced}");
        var second = change with { OnlyIfExpired = false, Expected = expected with { Run = expected.Run! with { Token = change.Run.Token } } };
        return isReplaced ? await base.TryChangeHistoryCoreAsync(sessionId, second, cancellationToken) : null;
    }

    private bool TryReplace(HistoryChange change)
    {
        var run = World.Look().FindAgent(change.Expected.Branch.AgentId)?.Run;
        if (run?.Token != change.Expected.Run?.Token || run is not { IsReleased: false } || (change.OnlyIfExpired && run.Until >= World.Now))
        {
            return false;
        }

        var stored = World.FindAgent(change.Expected.Branch.AgentId)![Fields.Run].AsBsonDocument;
        stored[Fields.Token] = change.Run.Token;
        stored["renewed"] = new BsonDateTime(World.Now.UtcDateTime);
        return true;
    }
}
