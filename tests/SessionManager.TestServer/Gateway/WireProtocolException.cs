namespace SessionManager.TestServer.Gateway;

/// <summary>Thrown for bytes that are not the wire protocol; the connection they came on is closed.</summary>
internal sealed class WireProtocolException(string message) : Exception(message);
