namespace SessionManager.Tool.Output;

/// <summary>
/// A branch of an agent's history as it is listed.
/// </summary>
internal sealed record ShownBranch(int Number, int MessageCount, bool IsCurrent, DateTimeOffset? LastMessageAt)
{
    public static ShownBranch Create(HistoryBranch branch) => new(branch.Branch.Number, branch.MessageCount, branch.IsCurrent, branch.LastMessageAt);
}
