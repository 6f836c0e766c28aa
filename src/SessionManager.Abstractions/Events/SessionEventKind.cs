namespace SessionManager;

/// <summary>
/// Names what happened to a session.
/// </summary>
public enum SessionEventKind
{
    /// <summary>Metadata fields were set.</summary>
    MetadataUpdated,

    /// <summary>Metadata fields were removed.</summary>
    MetadataDeleted,

    /// <summary>Feedback was added.</summary>
    FeedbackAdded,
}
