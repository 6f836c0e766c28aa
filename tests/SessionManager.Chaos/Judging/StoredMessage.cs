namespace SessionManager.Chaos.Judging;

/// <summary>
/// A message as it lies in the database.
/// </summary>
/// <param name="Session">The id of the session.</param>
/// <param name="Agent">The id of the agent.</param>
/// <param name="Branch">The branch that it stands on.</param>
/// <param name="BranchStart">The position at which that branch begins.</param>
/// <param name="Position">Its position.</param>
/// <param name="Id">The first word of its text, unlike any other's.</param>
internal sealed record StoredMessage(string Session, string Agent, int Branch, int BranchStart, int Position, string Id);
