using SessionManager.TestServer.DocumentDb;

namespace SessionManager.TestServer.Servers;

/// <summary>Chooses the first way to a server that is there.</summary>
internal static class ServerResolver
{
    public const string NothingFound =
        """
        No MongoDB for this run. Any one of these is enough:
          1. Set MONGODB_URI to the connection string of a running server.
          2. Put mongod on PATH, or set MONGOD_PATH to it (or build with -p:UseMongo2Go=true).
          3. Start Docker, so that "docker info" answers.
          4. Run as root on Debian or Ubuntu, where DocumentDB is installed from Debian's packages.
        """;

    public static IReadOnlyList<IServerSource> AllSources(ServerEnvironment environment, MongoTestServerOptions options) =>
    [
        new ConfiguredServerSource(environment),
        new MongodSource(environment),
#if MONGO2GO
        new Mongo2GoSource(),
#endif
        new DockerSource(environment),
        new DocumentDbSource(environment, options),
    ];

    public static async Task<IServerSource> ResolveAsync(
        IEnumerable<IServerSource> sources, CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            if (await source.IsAvailableAsync(cancellationToken))
            {
                return source;
            }
        }

        throw new InvalidOperationException(NothingFound);
    }
}
