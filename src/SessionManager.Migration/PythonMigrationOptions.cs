namespace SessionManager;

/// <summary>
/// Represents how sessions of Python's are brought over.
/// </summary>
public sealed class PythonMigrationOptions
{
    /// <summary>
    /// Gets or sets whether nothing is written: the report says what would be.
    /// </summary>
    /// <value>The default is false.</value>
    public bool DryRun { get; set; }

    /// <summary>
    /// Gets or sets whether each session that was written is read again from both sides and compared.
    /// </summary>
    /// <value>The default is true.</value>
    public bool Verify { get; set; } = true;

    /// <summary>
    /// Gets or sets whether <c>session_viewer_password</c> is kept. Nothing of this library reads it.
    /// </summary>
    /// <value>The default is false.</value>
    public bool KeepViewerPassword { get; set; }

    /// <summary>
    /// Gets or sets the field of Python's sessions that says which user a session belongs to, such as <c>metadata.user_id</c>.
    /// </summary>
    /// <value>
    /// Null, the default, for none: sessions come over without an owner. Dots lead into nested fields. A text, or an integer; a session whose field
    /// is neither, or cannot be a <see cref="SessionOwner.User"/>, fails by name.
    /// </value>
    public string? OwnerUserField { get; set; }

    /// <summary>
    /// Gets or sets the field of Python's sessions that says which tenant a session belongs to.
    /// </summary>
    /// <value>As <see cref="OwnerUserField"/>, for <see cref="SessionOwner.Tenant"/>.</value>
    public string? OwnerTenantField { get; set; }

    /// <summary>
    /// Gets or sets how many sessions are worked on at once.
    /// </summary>
    /// <value>The default is 4.</value>
    /// <remarks>From 1 to 64. What is in memory at once is about 64 MB of sessions, and one of them at least.</remarks>
    public int MaxParallelism { get; set; } = 4;

    /// <summary>
    /// Gets the ids of the sessions to bring over.
    /// </summary>
    /// <value>Empty by default, for all.</value>
    public IList<string> SessionIds { get; } = [];

    /// <summary>
    /// Gets or sets how many sessions a report names. What came over without anything to say of it is counted, never named.
    /// </summary>
    /// <value>The default is 10,000.</value>
    /// <remarks>0 or more.</remarks>
    public int MaxReportedSessions { get; set; } = 10_000;
}
