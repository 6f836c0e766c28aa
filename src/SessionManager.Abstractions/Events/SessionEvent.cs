namespace SessionManager;

/// <summary>
/// Represents a change of a session that has been stored.
/// </summary>
/// <remarks>
/// It does not change. The values inside <see cref="Metadata"/> are those that the caller of the operation passed: a
/// change to such a value afterwards changes what is delivered.
/// </remarks>
public sealed record SessionEvent
{
    /// <summary>
    /// Gets the id of the event, the same for each attempt to deliver it.
    /// </summary>
    public required Guid Id { get; init; }

    /// <summary>
    /// Gets what happened.
    /// </summary>
    public required SessionEventKind Kind { get; init; }

    /// <summary>
    /// Gets the id that the session has for its owner.
    /// </summary>
    public required string SessionId { get; init; }

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    /// <value>Never null; <see cref="SessionOwner.None"/> where nobody owns it.</value>
    public SessionOwner Owner { get; init; } = SessionOwner.None;

    /// <summary>
    /// Gets the time, in UTC, at which the change was known to be stored.
    /// </summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>
    /// Gets the metadata fields that were set, under the keys that they were set by; of a field that was added to, the new value.
    /// </summary>
    /// <value>
    /// Not null for <see cref="SessionEventKind.MetadataUpdated"/>, and else null. Where an update only replaced the parent of a
    /// delivered field by something without that field, it is empty and <see cref="DeletedKeys"/> tells the field.
    /// </value>
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>
    /// Gets the keys of the metadata fields that were removed.
    /// </summary>
    /// <value>Not null for <see cref="SessionEventKind.MetadataDeleted"/>; else null where none was removed.</value>
    public IReadOnlyList<string>? DeletedKeys { get; init; }

    /// <summary>
    /// Gets the feedback as it was stored; of removed feedback, only its <see cref="Feedback.Id"/>.
    /// </summary>
    /// <value>Not null for <see cref="SessionEventKind.FeedbackAdded"/> and <see cref="SessionEventKind.FeedbackDeleted"/>, and else null.</value>
    public Feedback? Feedback { get; init; }
}
