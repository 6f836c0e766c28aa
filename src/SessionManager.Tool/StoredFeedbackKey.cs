namespace SessionManager.Tool;

/// <summary>
/// What the key of feedback says.
/// </summary>
/// <param name="SessionId">The session.</param>
/// <param name="First">The first branch of the session.</param>
/// <param name="Id">The id within the session.</param>
internal readonly record struct StoredFeedbackKey(string SessionId, int First, string Id);
