namespace SessionManager.Tool.Doctor;

/// <summary>
/// Positions of a branch that no message has.
/// </summary>
/// <param name="Branch">The branch.</param>
/// <param name="From">The first position.</param>
/// <param name="Before">The position before which they end.</param>
/// <param name="NeededBy">The number of the branch whose history they are missed in: the same one, or one that goes on from it.</param>
internal sealed record StoredGap(AgentBranch Branch, int From, int Before, int NeededBy);
