namespace SessionManager.Tool.Output;

/// <summary>
/// What has become of a hold. Without a session id, that of an owner.
/// </summary>
/// <param name="SessionId">The id of the session.</param>
/// <param name="IsHeld">Whether it is held.</param>
/// <param name="WasHeld">Whether it was, where the hold is taken back.</param>
internal sealed record ShownHold(string? SessionId, bool IsHeld, bool? WasHeld);
