namespace WorkerSample;

/// <summary>
/// Says which session the worker plays, and where its transcript goes.
/// </summary>
internal sealed class SupportOptions
{
    /// <summary>
    /// Gets or sets the id of the session. Running the sample again with the same id resumes it.
    /// </summary>
    public string SessionId { get; set; } = "customer-42";

    /// <summary>
    /// Gets or sets the file that a new session's transcript is written to, and that a resumed session is compared with.
    /// </summary>
    /// <value>Null keeps no transcript.</value>
    public string? TranscriptFile { get; set; }
}
