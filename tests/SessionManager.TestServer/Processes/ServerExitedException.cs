namespace SessionManager.TestServer.Processes;

/// <summary>Thrown when a server process ends before it has answered.</summary>
internal sealed class ServerExitedException(string message) : InvalidOperationException(message);
