using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Writers;

/// <summary>
/// What is done to a session beside its turns.
/// </summary>
internal static class Verbs
{
    public static Func<Writer, Task> Undo(WhenBusy whenBusy) => Change((manager, _) => manager.UndoLastTurnAsync("a", whenBusy));

    public static Func<Writer, Task> Rewind(int position, WhenBusy whenBusy) => Change((manager, _) => manager.RewindAsync("a", position, whenBusy));

    public static Func<Writer, Task> Clear(WhenBusy whenBusy) => Change((manager, _) => manager.ClearAsync("a", whenBusy));

    /// <summary>
    /// Switches to the first branch of the session.
    /// </summary>
    public static Func<Writer, Task> Switch(WhenBusy whenBusy) => Change((manager, first) => manager.SwitchBranchAsync("a", first, whenBusy));

    public static Func<Writer, Task> Delete() => Try(static writer => writer.Open().DeleteSessionAsync());

    public static Func<Writer, Task> Create() => Try(static writer => writer.Open().CreateSessionAsync());

    public static Func<Writer, Task> Sweep() => Try(static writer => writer.Storage.SweepAsync());

    /// <summary>
    /// One after the other, by one writer.
    /// </summary>
    public static Func<Writer, Task> Then(this Func<Writer, Task> first, Func<Writer, Task> second) => async writer =>
    {
        await first(writer);
        await second(writer);
    };

    private static Func<Writer, Task> Change(Func<ISessionManager, int, Task<AgentBranch>> changeAsync) => Try(async writer =>
    {
        var first = writer.World.FirstBranch;
        try
        {
            var branch = await changeAsync(writer.Open(), first);
            writer.World.Ledger.Change(branch);
        }
        catch (Exception e) when (e is SessionNotFoundException or AgentNotFoundException or ArgumentException)
        {
            // It is gone, or not there yet; or there is no such message or branch any more.
        }
    });

    private static Func<Writer, Task> Try(Func<Writer, Task> doAsync) => async writer =>
    {
        try
        {
            await doAsync(writer);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SessionBusyException)
        {
            // Expected.
        }
    };
}
