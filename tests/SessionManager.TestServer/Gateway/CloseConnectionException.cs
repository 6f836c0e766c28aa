namespace SessionManager.TestServer.Gateway;

/// <summary>Thrown for a command that is not answered: its connection is closed.</summary>
internal sealed class CloseConnectionException() : Exception("The connection is closed without an answer.");
