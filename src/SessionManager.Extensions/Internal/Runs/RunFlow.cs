namespace SessionManager.Internal.Runs;

/// <summary>
/// Knows the runs that a flow of control belongs to: what it calls must not wait for them.
/// </summary>
internal static class RunFlow
{
    private static readonly AsyncLocal<Part?> Current = new();

    /// <summary>
    /// Makes the current flow a part of a run that is about to begin. Not in an asynchronous method, which would take it back at its end.
    /// </summary>
    public static Part Join()
    {
        var part = new Part(Current.Value);
        Current.Value = part;
        return part;
    }

    /// <summary>
    /// Makes the current flow a part of a run until the result is disposed.
    /// </summary>
    public static IDisposable Enter(HeldRun run, Action<HeldRun> left)
    {
        var part = Join();
        (part.Run, part.Left) = (run, left);
        return part;
    }

    /// <summary>
    /// Finds the run that an agent has in the current flow; null where there is none.
    /// </summary>
    public static HeldRun? Find(SessionStorage storage, string sessionId, string agentId)
    {
        for (var part = Current.Value; part is not null; part = part.Outer)
        {
            if (part.Run is { IsLeft: false } run && run.SessionId == sessionId && run.AgentId == agentId && run.Storage == storage)
            {
                return run;
            }
        }

        return null;
    }

    internal sealed class Part(Part? outer) : IDisposable
    {
        public Part? Outer => outer;

        public HeldRun? Run { get; set; }

        /// <summary>
        /// Gets or sets what is called with the run when the flow is no longer a part of it.
        /// </summary>
        public Action<HeldRun>? Left { get; set; }

        public void Dispose()
        {
            if (Run is { } run)
            {
                Left?.Invoke(run);
            }

            Run = null;
            if (Current.Value == this)
            {
                Current.Value = outer;
            }
        }
    }
}
