namespace SessionManager.Tool;

/// <summary>
/// What the tool ends with: docs/tool.md has them as a promise.
/// </summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>
    /// It did what it was asked, and there is something to see to: a finding, a conflict, a missing index, a refusal.
    /// </summary>
    public const int Findings = 1;

    /// <summary>
    /// The command line is wrong.
    /// </summary>
    public const int Usage = 2;

    /// <summary>
    /// The server cannot be reached or refuses a command, or what is stored does not let a command go on.
    /// </summary>
    public const int Failure = 3;

    /// <summary>
    /// There is no such session, or no such agent or branch of it.
    /// </summary>
    public const int NotFound = 4;

    public const int Cancelled = 130;
}
