namespace SessionManager.Internal.Runs;

/// <summary>
/// A run that has begun.
/// </summary>
/// <param name="Loaded">What was loaded with it.</param>
/// <param name="Request">The run.</param>
/// <param name="ConfirmedAt">A time, by the process's clock, at which it was this process's own.</param>
internal sealed record BegunRun(StoredAgentAddition Loaded, RunRequest Request, long ConfirmedAt);
