using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// A sweep that removes what is left of a session by its id alone, whatever is there by then.
/// </summary>
internal sealed class TombstoneRemovedById(World world, Writer writer) : StepStorage(world, writer)
{
    public override async Task<int> SweepAsync(CancellationToken cancellationToken = default)
    {
        var isDue = await World.SendAsync(
            Writer,
            "find due",
            CommandKind.Read,
            () => Task.FromResult(World.FindSession() is { Document: null, SweepAt: { } sweepAt } && sweepAt < World.Now),
            static isDue => $"{isDue}");
        return isDue
            ? await World.SendAsync(Writer, "remove", CommandKind.Update, () => Task.FromResult(World.Storage.Sessions.Remove(SessionManager.Protocol.Checking.Writer.SessionId) ? 1 : 0), static count => $"{count}")
            : 0;
    }
}
