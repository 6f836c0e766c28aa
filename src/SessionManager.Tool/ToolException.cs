namespace SessionManager.Tool;

/// <summary>
/// Thrown to end the tool with a text and an exit code.
/// </summary>
internal sealed class ToolException(string message, int exitCode) : Exception(message)
{
    public int ExitCode => exitCode;
}
