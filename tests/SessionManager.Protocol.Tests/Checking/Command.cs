namespace SessionManager.Protocol.Checking;

/// <summary>
/// A command that a writer has sent, and that waits for the scheduler.
/// </summary>
internal sealed class Command(Writer writer, string name, CommandKind kind, int sentAt)
{
    public Writer Writer => writer;

    /// <summary>
    /// Gets what the command is, with all that its effect depends on.
    /// </summary>
    public string Name => name;

    public CommandKind Kind => kind;

    /// <summary>
    /// Gets the tick of the clock at which it was sent.
    /// </summary>
    public int SentAt => sentAt;

    /// <summary>
    /// Gets what carries the command out, and returns what answers it.
    /// </summary>
    public required Func<Action> CarryOut { get; init; }

    /// <summary>
    /// Gets what tells the writer that the command has failed.
    /// </summary>
    public required Action<Exception> Fail { get; init; }

    /// <summary>
    /// Gets what carries the command out when nobody hears of it any more.
    /// </summary>
    public required Action CarryOutLate { get; init; }

    /// <summary>
    /// Gets what carries out a copy of the command that was sent before it, or null where there is none.
    /// </summary>
    public Action? CarryOutCopy { get; init; }

    /// <summary>
    /// Gets the operation that it is a part of, or null.
    /// </summary>
    public CommandGroup? Group { get; init; }

    public override string ToString() => $"{writer.Name} {name}";

    /// <summary>
    /// Gets or sets a value indicating whether a copy of it is on its way that was sent before.
    /// </summary>
    public bool IsResent { get; set; }
}
