using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A run that ends wherever it is the latest one, on its branch or not.
/// </summary>
internal class EndOnAnyBranch(World world, Writer writer) : StepStorage(world, writer)
{
    protected override Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken) =>
        base.UpdateAgentCoreAsync(sessionId, update, fence is null ? null : fence with { Branch = null }, cancellationToken);
}
