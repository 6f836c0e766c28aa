namespace SessionManager.Conformance.Toy;

/// <summary>
/// All that is kept under one session id. What is kept is never given away: callers give and get copies.
/// </summary>
internal sealed class ToySession
{
    // Without its metadata. Null where there are messages only: appending neither asks for the session nor creates it.
    public SessionInfo? Info { get; set; }

    public Dictionary<string, object?> Metadata { get; set; } = [];

    public List<Feedback> Feedbacks { get; } = [];

    public List<StoredAgent> Agents { get; } = [];

    public Dictionary<string, List<SessionMessage>> Messages { get; } = [];

    public DateTimeOffset ExpiresAt { get; set; }
}
