namespace SessionManager.Chaos.Judging;

/// <summary>
/// A message whose append ended without an exception.
/// </summary>
/// <param name="Session">The session's id.</param>
/// <param name="Agent">The agent's id.</param>
/// <param name="Id">What its text begins with.</param>
/// <param name="Position">Its position, or null where a pipeline has stored it, which tells none.</param>
/// <param name="Start">When the append began, by the fast clock.</param>
internal sealed record AcknowledgedMessage(string Session, string Agent, string Id, int? Position, long Start);
