namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The branch that a message stands on, as far as the message says.
/// </summary>
/// <param name="Number">The number of the branch.</param>
/// <param name="Start">
/// The position at which the first of the segments begins; the branch of that one goes on from what is before. 0 where the segments are all.
/// </param>
/// <param name="Segments">The latest parts of earlier branches that it goes on from.</param>
internal sealed record MessageBranch(int Number, int Start, IReadOnlyList<BranchSegment> Segments)
{
    /// <summary>
    /// Gets a value indicating whether the segments are all.
    /// </summary>
    public bool IsWhole => Start == 0;

    /// <summary>
    /// Gets the position of the first message that stands on the branch itself.
    /// </summary>
    public int OwnStart => Segments is [.., var last] ? last.End : 0;
}
