using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A run that ends in order although the outcome of an insert is not known.
/// </summary>
internal sealed class ReleaseWithUnknownInsert(World world, Writer writer) : StepStorage(world, writer)
{
    protected override Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken) =>
        base.UpdateAgentCoreAsync(sessionId, update, fence is { Abandons: true } ? fence with { Abandons = false, ReleasedEnd = 0 } : fence, cancellationToken);
}
