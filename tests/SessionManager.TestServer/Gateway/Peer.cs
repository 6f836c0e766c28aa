namespace SessionManager.TestServer.Gateway;

/// <summary>The client at the other end of a connection.</summary>
internal sealed record Peer(int ConnectionId, string Address);
