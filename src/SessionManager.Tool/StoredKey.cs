namespace SessionManager.Tool;

/// <summary>
/// What the key of a message says.
/// </summary>
internal readonly record struct StoredKey(string SessionId, string AgentId, int Branch, int Position);
