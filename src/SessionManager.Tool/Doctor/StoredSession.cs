namespace SessionManager.Tool.Doctor;

/// <summary>
/// What a session, or what stays of a deleted one, says of its messages.
/// </summary>
/// <param name="IsDeleted">Whether it is what stays of a deleted one.</param>
/// <param name="FirstBranch">The branch below which nothing belongs to it.</param>
/// <param name="SweepAt">When what stands below is swept, or null where it was.</param>
/// <param name="Agents">The history of each agent, null for one that cannot be told. Null where the agents cannot be read.</param>
internal sealed record StoredSession(bool IsDeleted, int FirstBranch, DateTimeOffset? SweepAt, IReadOnlyDictionary<string, StoredHistory?>? Agents);
