namespace SessionManager.Protocol.Checking;

/// <summary>
/// Some writers of one session, and how much of what can go wrong does.
/// </summary>
internal sealed record Scenario
{
    /// <summary>
    /// Gets what is there before: called with a writer whose commands do not wait.
    /// </summary>
    public Func<Writer, Task> Before { get; init; } = static _ => Task.CompletedTask;

    /// <summary>
    /// Gets the writers, each a process of its own, by name.
    /// </summary>
    public required IReadOnlyList<(string Name, Func<Writer, Task> WriteAsync)> Writers { get; init; }

    /// <summary>
    /// Gets how many commands fail, are cancelled, are resent, or lose their answers.
    /// </summary>
    public int Faults { get; init; }

    /// <summary>
    /// Gets the names of the writers that this happens to.
    /// </summary>
    public string FaultyWriters { get; init; } = "ABC";

    /// <summary>
    /// Gets a value indicating whether reads fail, too.
    /// </summary>
    public bool ReadsFail { get; init; }

    /// <summary>
    /// Gets how many processes end.
    /// </summary>
    public int Kills { get; init; }

    /// <summary>
    /// Gets how often a span of time passes.
    /// </summary>
    public int Ticks { get; init; }

    /// <summary>
    /// Gets the span: longer than a term.
    /// </summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(31);

    /// <summary>
    /// Gets how many signs of life the runs give.
    /// </summary>
    public int Renewals { get; init; }

    /// <summary>
    /// Gets a value indicating whether nobody takes messages back: what a turn has stored in order is in the history at the end.
    /// </summary>
    public bool KeepsAll { get; init; }

    /// <summary>
    /// Gets a value indicating whether somebody switches to an earlier branch, which brings back what was taken back.
    /// </summary>
    public bool Switches { get; init; }

    /// <summary>
    /// Gets the server's time at the beginning.
    /// </summary>
    public DateTimeOffset Start { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Gets the storage of a writer: the real one, with its commands scheduled, or one in which a repair was taken out.
    /// </summary>
    public Func<World, Writer, StepStorage> CreateStorage { get; init; } = static (world, writer) => new StepStorage(world, writer);
}
