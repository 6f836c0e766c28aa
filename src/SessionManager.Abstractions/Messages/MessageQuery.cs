namespace SessionManager;

/// <summary>
/// Selects a range of an agent's messages.
/// </summary>
/// <remarks>
/// Positions count 0, 1, 2 without gaps, so a position is an offset as well. Every range is answered from the
/// index: the cost depends on the messages returned, not on where in the history they stand.
/// </remarks>
public sealed record MessageQuery
{
    /// <summary>
    /// Gets the number of the branch whose history is meant, such as that of a <see cref="HistoryBranch"/>.
    /// </summary>
    /// <value>Zero or more; the default, null, is the current branch.</value>
    public int? Branch { get; init; }

    /// <summary>
    /// Gets the first position that belongs to the range.
    /// </summary>
    /// <value>Zero or more; the default is 0, the oldest message.</value>
    public int FromPosition { get; init; }

    /// <summary>
    /// Gets the position before which the range ends.
    /// </summary>
    /// <value>Zero or more; the default, null, is the end of the history.</value>
    public int? BeforePosition { get; init; }

    /// <summary>
    /// Gets the largest number of messages to return.
    /// </summary>
    /// <value>Zero or more, where zero gives none; the default, null, is all of them.</value>
    public int? Limit { get; init; }

    /// <summary>
    /// Gets a value indicating whether the newest message comes first.
    /// </summary>
    /// <value>The default is false. With <see cref="Limit"/>, true gives the latest messages of the range.</value>
    public bool NewestFirst { get; init; }
}
