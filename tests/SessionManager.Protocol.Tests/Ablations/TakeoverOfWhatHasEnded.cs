using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A change of a history whose run has ended since it was read.
/// </summary>
internal sealed class TakeoverOfWhatHasEnded(World world, Writer writer) : StepStorage(world, writer)
{
    protected override Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken) =>
        World.SendAsync(
            Writer,
            Describe(change),
            CommandKind.Update,
            () =>
            {
                var expected = change.Expected;
                var now = World.Look().Agents.Find(agent => agent.Branch.AgentId == expected.Branch.AgentId);
                return Inner.TryChangeHistoryAsync(
                    sessionId,
                    change with { Expected = expected with { End = now?.End ?? 0, Run = expected.Run! with { IsReleased = now?.Run?.IsReleased ?? false } } },
                    CancellationToken.None);
            },
            static branch => $"{branch?.Number}");
}
