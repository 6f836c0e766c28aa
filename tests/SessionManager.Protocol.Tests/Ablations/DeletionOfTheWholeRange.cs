using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A deletion of all messages of the id, and not only of those below the next branch.
/// </summary>
internal sealed class DeletionOfTheWholeRange(World world, Writer writer) : StepStorage(world, writer)
{
    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var existed = await base.DeleteSessionCoreAsync(sessionId, cancellationToken);
        return await World.SendAsync(
            Writer,
            "delete all messages",
            CommandKind.Update,
            () =>
            {
                World.FindSession()?.RemoveMessagesBefore(int.MaxValue);
                return Task.FromResult(existed);
            },
            static _ => "");
    }
}
