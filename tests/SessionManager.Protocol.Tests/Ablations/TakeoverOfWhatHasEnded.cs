using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A change of a history whose run has ended since it was read.
/// </summary>
internal sealed class TakeoverOfWhatHasEnded(World world, Writer writer) : StepStorage(world, writer)
{
    protected override Task<AgentBranch?> ChangeHistoryAsync(string sessionId, HistoryChange change)
    {
        var expected = change.Expected;
        var now = World.Look().FindAgent(expected.Branch.AgentId);
        return base.ChangeHistoryAsync(
            sessionId,
            change with { Expected = expected with { End = now?.End ?? 0, Run = expected.Run! with { IsReleased = now?.Run?.IsReleased ?? false } } });
    }
}
