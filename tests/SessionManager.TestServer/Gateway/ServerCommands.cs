using System.Runtime.InteropServices;
using MongoDB.Bson;
using SessionManager.TestServer.Gateway.ReplicaSets;

namespace SessionManager.TestServer.Gateway;

/// <summary>The commands about the server itself, which the gateway answers on its own.</summary>
internal static class ServerCommands
{
    public const string GitVersion = "documentdb";

    private const string Version = "7.0.0";
    private const int LargestWireVersion = 21;
    private const int LargestDocument = 16 * 1024 * 1024;
    private const int LargestWriteBatch = 100_000;
    private const int SessionTimeoutMinutes = 30;

    public static IEnumerable<KeyValuePair<string, CommandHandler>> All(ReplicaSet? replicaSet) =>
    [
        new("hello", Answer(peer => Hello(peer, replicaSet).Add("isWritablePrimary", true))),
        new("isMaster", Answer(peer => Hello(peer, replicaSet).Add("ismaster", true))),
        new("ismaster", Answer(peer => Hello(peer, replicaSet).Add("ismaster", true))),
        new("ping", Answer(_ => [])),
        new("endSessions", Answer(_ => [])),
        new("refreshSessions", Answer(_ => [])),
        new("killSessions", Answer(_ => [])),
        new("logout", Answer(_ => [])),
        new("buildInfo", Answer(_ => BuildInfo())),
        new("buildinfo", Answer(_ => BuildInfo())),
        new("getParameter", Answer(_ => [])),
        new("getCmdLineOpts", Answer(_ => new() { { "argv", new BsonArray() }, { "parsed", new BsonDocument() } })),
        new("getLog", Answer(_ => new() { { "totalLinesWritten", 0 }, { "log", new BsonArray() } })),
        new("connectionStatus", Answer(_ => ConnectionStatus())),
        new("hostInfo", Answer(_ => HostInfo())),
        new("serverStatus", Answer(_ => ServerStatus())),
        new("whatsmyuri", Answer(peer => new("you", peer.Address))),
    ];

    private static CommandHandler Answer(Func<Peer, BsonDocument> reply) =>
        (_, peer, _) => Task.FromResult<ReadOnlyMemory<byte>>(reply(peer).Add("ok", 1.0).ToBson());

    private static BsonDocument Hello(Peer peer, ReplicaSet? replicaSet)
    {
        var hello = Hello(peer);
        return replicaSet?.Introduce(hello) ?? hello;
    }

    private static BsonDocument Hello(Peer peer) => new()
    {
        { "helloOk", true },
        { "maxBsonObjectSize", LargestDocument },
        { "maxMessageSizeBytes", MessageReader.LongestMessage },
        { "maxWriteBatchSize", LargestWriteBatch },
        { "localTime", TimeProvider.System.GetUtcNow().UtcDateTime },
        { "logicalSessionTimeoutMinutes", SessionTimeoutMinutes },
        { "connectionId", peer.ConnectionId },
        { "minWireVersion", 0 },
        { "maxWireVersion", LargestWireVersion },
        { "readOnly", false },
    };

    private static BsonDocument BuildInfo() => new()
    {
        { "version", Version },
        { "versionArray", new BsonArray(Version.Split('.').Select(int.Parse).Append(0)) },
        { "gitVersion", GitVersion },
        { "bits", 64 },
        { "debug", false },
        { "maxBsonObjectSize", LargestDocument },
    };

    private static BsonDocument ConnectionStatus() => new(
        "authInfo",
        new BsonDocument
        {
            { "authenticatedUsers", new BsonArray() },
            { "authenticatedUserRoles", new BsonArray() },
        });

    private static BsonDocument HostInfo() => new()
    {
        {
            "system", new BsonDocument
            {
                { "currentTime", TimeProvider.System.GetUtcNow().UtcDateTime },
                { "hostname", Environment.MachineName },
                { "numCores", Environment.ProcessorCount },
            }
        },
        { "os", new BsonDocument("type", RuntimeInformation.OSDescription) },
    };

    private static BsonDocument ServerStatus() => new()
    {
        { "host", Environment.MachineName },
        { "version", Version },
        { "process", "mongod" },
        { "pid", (long)Environment.ProcessId },
        { "uptime", Environment.TickCount64 / 1000.0 },
        { "localTime", TimeProvider.System.GetUtcNow().UtcDateTime },
    };
}
