namespace SessionManager.TestServer.Gateway;

/// <summary>Runs one command and returns the BSON of its reply.</summary>
internal delegate Task<ReadOnlyMemory<byte>> CommandHandler(
    Command command, Peer peer, CancellationToken cancellationToken);
