namespace SessionManager.Chaos.Judging;

/// <summary>
/// A message as it lies in the database.
/// </summary>
internal sealed record StoredMessage(string Session, string Agent, int Position, string Id);
