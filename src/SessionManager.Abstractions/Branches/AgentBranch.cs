using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Names one branch of an agent's history, with the parts of earlier branches that it goes on from.
/// </summary>
/// <remarks>
/// Positions count through: those below <see cref="Start"/> are messages of earlier branches, which are not copied. A branch number is
/// given once for each session id, and numbers grow along a history. Immutable.
/// </remarks>
public sealed class AgentBranch
{
    /// <summary>
    /// Initializes a new instance of the <see cref="AgentBranch"/> class.
    /// </summary>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="number">The number of the branch, zero or more.</param>
    /// <param name="segments">The parts that stand on earlier branches, oldest first, with growing ends; null for none.</param>
    /// <exception cref="ArgumentException">
    /// The id is not valid, the number is negative, or a segment does not end behind the one before it, or has a number that is not below
    /// that of the branch.
    /// </exception>
    public AgentBranch(string agentId, int number, IReadOnlyList<BranchSegment>? segments = null)
    {
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        var end = 0;
        foreach (var segment in segments ?? [])
        {
            if (segment.End <= end || segment.Branch < 0 || segment.Branch >= number)
            {
                throw new ArgumentException($"The segment ({segment.Branch}, {segment.End}) does not follow position {end} on a branch before {number}.", nameof(segments));
            }

            end = segment.End;
        }

        AgentId = agentId;
        Number = number;
        Base = segments ?? [];
        Start = end;
    }

    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public string AgentId { get; }

    /// <summary>
    /// Gets the number of the branch.
    /// </summary>
    /// <value>Zero or more; 0 for histories from before there were branches.</value>
    public int Number { get; }

    /// <summary>
    /// Gets the parts of earlier branches that the branch goes on from, oldest first.
    /// </summary>
    /// <value>Never null; empty for a history that begins with this branch.</value>
    public IReadOnlyList<BranchSegment> Base { get; }

    /// <summary>
    /// Gets the position of the first message of the branch itself.
    /// </summary>
    public int Start { get; }

    /// <summary>
    /// Gets the number of the branch on which a position stands.
    /// </summary>
    /// <param name="position">The position.</param>
    /// <returns>The number of an earlier branch for a position below <see cref="Start"/>, else <see cref="Number"/>.</returns>
    public int GetBranchAt(int position)
    {
        // From the end: what is asked for is mostly new.
        var branch = Number;
        for (var i = Base.Count - 1; i >= 0 && position < Base[i].End; i--)
        {
            branch = Base[i].Branch;
        }

        return branch;
    }

    /// <summary>
    /// Gets the parts that a range of positions stands on.
    /// </summary>
    /// <param name="fromPosition">The first position of the range, zero or more.</param>
    /// <param name="beforePosition">The position before which it ends, or null for all that follow.</param>
    /// <returns>For each part its branch, its first position and the position before which it ends; null for no end. Oldest first.</returns>
    public IEnumerable<(int Branch, int From, int? Before)> GetParts(int fromPosition, int? beforePosition)
    {
        var start = 0;
        foreach (var (branch, end) in Base)
        {
            var from = Math.Max(fromPosition, start);
            var before = Math.Min(beforePosition ?? end, end);
            if (from < before)
            {
                yield return (branch, from, before);
            }

            start = end;
        }

        if (beforePosition is null || beforePosition > Math.Max(fromPosition, start))
        {
            yield return (Number, Math.Max(fromPosition, start), beforePosition);
        }
    }

    /// <summary>
    /// Gets the base of a branch that goes on from a part of this history.
    /// </summary>
    /// <param name="length">The number of messages that are kept, zero or more. That this history has so many is not checked.</param>
    /// <returns>The segments, oldest first; empty for none.</returns>
    public IReadOnlyList<BranchSegment> GetBase(int length) =>
        [.. GetParts(0, length).Select(static part => new BranchSegment(part.Branch, part.Before!.Value))];
}
