namespace SessionManager.Protocol.Checking;

/// <summary>
/// An operation of the storage that is several commands in a database. Each waits at the storage's gate.
/// </summary>
internal sealed class CommandGroup(Writer writer, string name, IReadOnlyList<(string Name, CommandKind Kind)> parts)
{
    /// <summary>
    /// The part that reads messages only.
    /// </summary>
    public const string List = "list";

    /// <summary>
    /// The part that begins a run. A copy of it may come late; one of a part that adds something finds it there.
    /// </summary>
    public const string Acquire = "acquire";

    private int _entered;

    public Writer Writer => writer;

    public string Name => name;

    /// <summary>
    /// Gets or sets a value indicating whether the caller has been told that it failed. Nothing more is sent then.
    /// </summary>
    public bool IsCut { get; set; }

    /// <summary>
    /// Gets what the writer had observed before. What the parts have observed is in the answer, in the end.
    /// </summary>
    public Digest LogBefore { get; } = writer.Log;

    /// <summary>
    /// Gets or sets what the writer had observed after the latest part.
    /// </summary>
    public Digest LogOfParts { get; set; } = writer.Log;

    /// <summary>
    /// Gets or sets what answers the caller, where all is done.
    /// </summary>
    public Action Answer { get; set; } = static () => { };

    /// <summary>
    /// Gets or sets what tells the caller that it failed.
    /// </summary>
    public Action<Exception> Fail { get; set; } = static _ => { };

    /// <summary>
    /// Gets what carries out a copy of <see cref="Acquire"/>, or null.
    /// </summary>
    public Action? Copy { get; init; }

    public (string Name, CommandKind Kind) Next() => parts[_entered++ % parts.Count];
}
