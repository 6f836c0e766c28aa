namespace SessionManager;

/// <summary>
/// Names what happened to a session.
/// </summary>
public enum SessionEventKind
{
    /// <summary>Metadata fields were set, with the creation of the session or later, or added to.</summary>
    MetadataUpdated,

    /// <summary>Metadata fields were removed.</summary>
    MetadataDeleted,

    /// <summary>Feedback was added.</summary>
    FeedbackAdded,

    /// <summary>Feedback was removed.</summary>
    FeedbackDeleted,
}
