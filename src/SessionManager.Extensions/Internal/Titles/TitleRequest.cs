namespace SessionManager.Internal.Titles;

/// <summary>
/// A session that had no title when a run of one of its agents ended.
/// </summary>
internal sealed record TitleRequest(SessionStorage Storage, string SessionId, string AgentId);
