namespace SessionManager.Tool.Output;

/// <summary>
/// An agent of a session as it is shown.
/// </summary>
/// <param name="AgentId">Its id.</param>
/// <param name="Model">Its model.</param>
/// <param name="SystemPrompt">Its system prompt.</param>
/// <param name="Branch">The branch whose history is shown.</param>
/// <param name="Branches">All branches, newest first, where there are several.</param>
/// <param name="Messages">The messages, those on earlier branches included.</param>
internal sealed record ShownAgent(
    string AgentId, string? Model, string? SystemPrompt, int Branch, IReadOnlyList<ShownBranch> Branches, IReadOnlyList<ShownMessage> Messages)
{
    public static ShownAgent Create(AgentConfig config, int branch, IReadOnlyList<HistoryBranch> branches, IReadOnlyList<SessionMessage> messages) => new(
        config.AgentId,
        config.Model,
        config.SystemPrompt,
        branch,
        branches.Count > 1 ? [.. branches.Select(ShownBranch.Create)] : [],
        [.. messages.Select(ShownMessage.Create)]);
}
