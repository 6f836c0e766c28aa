namespace SessionManager;

/// <summary>
/// A part of a history that stands on an earlier branch.
/// </summary>
/// <param name="Branch">The number of the branch, zero or more.</param>
/// <param name="End">The position before which the part ends. It begins where the one before it ends, the first one at 0.</param>
public readonly record struct BranchSegment(int Branch, int End);
