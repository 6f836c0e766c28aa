using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A deletion of which nothing stays, where no clock tells the lives of an id apart.
/// </summary>
internal sealed class FirstBranchAgain(World world, Writer writer) : StepStorage(world, writer)
{
    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        var existed = await base.DeleteSessionCoreAsync(sessionId, cancellationToken);
        if (World.FindSession() is { Document: null })
        {
            World.Storage.Sessions.Remove(sessionId);
        }

        return existed;
    }
}
