namespace SessionManager.Tool.Doctor;

/// <summary>
/// Looks for one kind of thing that may be wrong, in all sessions. Whatever else can be wrong is another one beside it.
/// </summary>
internal interface IDoctorCheck
{
    /// <summary>
    /// Gets what it looks at, for the progress.
    /// </summary>
    string Name { get; }

    /// <summary>
    /// Looks, and changes nothing.
    /// </summary>
    /// <param name="progress">Is told of each document that was looked at.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    IAsyncEnumerable<DoctorFinding> RunAsync(Action<long> progress, CancellationToken cancellationToken);
}
