namespace SessionManager.Tool.Output;

/// <summary>
/// What was deleted, or would be.
/// </summary>
internal sealed record DeletionReceipt(string SessionId, IReadOnlyList<string> Agents, long MessageCount, bool IsDeleted, DateTimeOffset? At);
