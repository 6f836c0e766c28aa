namespace SessionManager.TestServer.Gateway;

/// <summary>Thrown for a command that fails as a whole; the client is told the code and the message.</summary>
internal sealed class CommandException(int code, string message) : Exception(message)
{
    public int Code => code;
}
