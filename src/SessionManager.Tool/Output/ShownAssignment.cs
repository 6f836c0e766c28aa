namespace SessionManager.Tool.Output;

/// <summary>
/// What has become of sessions that were to have another owner.
/// </summary>
/// <param name="AssignedCount">How many have it, or would.</param>
/// <param name="IsDone">Whether it was done.</param>
/// <param name="Refused">Those that have not.</param>
internal sealed record ShownAssignment(long AssignedCount, bool IsDone, IReadOnlyList<RefusedAssignment> Refused);

/// <summary>
/// A session that was not given to an owner.
/// </summary>
/// <param name="SessionId">The id of the session.</param>
/// <param name="Reason">Why: a sentence.</param>
internal sealed record RefusedAssignment(string SessionId, string Reason);
