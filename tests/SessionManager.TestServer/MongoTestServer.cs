using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer.DocumentDb;
using SessionManager.TestServer.Gateway;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer;

/// <summary>
/// Finds or starts a real MongoDB-compatible server for tests, samples and benchmarks.
/// </summary>
/// <remarks>
/// <para>
/// The first of these that is there is used: the server that <c>MONGODB_URI</c> names; a <c>mongod</c> on PATH or in
/// <c>MONGOD_PATH</c>; Mongo2Go, when built with <c>-p:UseMongo2Go=true</c>; a container, when Docker answers; on
/// Debian and Ubuntu with root, DocumentDB behind the gateway of this assembly.
/// </para>
/// <para>
/// Whatever this class starts listens on the loopback interface only, asks for no password, keeps its data in a
/// throw-away folder and ends with the process that started it. It is for tests and local trials, nothing else.
/// </para>
/// <para>Instances are thread-safe. Whoever started a server disposes it.</para>
/// </remarks>
public sealed class MongoTestServer : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    private readonly IRunningServer _server;

    private MongoTestServer(IRunningServer server) => _server = server;

    /// <summary>Gets the connection string of the server.</summary>
    /// <value>A <c>mongodb://</c> or <c>mongodb+srv://</c> URI.</value>
    public string ConnectionString => _server.ConnectionString;

    /// <summary>Gets what the server is, in words, without any password.</summary>
    /// <value>A short text for a log line.</value>
    public string Description => _server.Description;

    /// <summary>Gets a value indicating whether the server is the gateway of this assembly.</summary>
    /// <value><see langword="true"/> also for one that runs in another process.</value>
    public bool IsGateway { get; private init; }

    /// <summary>Finds or starts a server, as the environment says, and waits until it answers.</summary>
    /// <param name="log">Receives a line for the choice made and for each slow step; <see langword="null"/> to drop them.</param>
    /// <param name="cancellationToken">Cancels the search and whatever it has begun.</param>
    /// <returns>The running server; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">
    /// There is no way to get a server on this machine, or the first way that is there failed to deliver one.
    /// </exception>
    public static Task<MongoTestServer> StartAsync(
        Action<string>? log = null, CancellationToken cancellationToken = default) =>
        StartAsync(MongoTestServerOptions.FromEnvironment(), log, cancellationToken);

    /// <summary>Finds or starts a server and waits until it answers.</summary>
    /// <param name="options">How the server runs, if it is the gateway and is started now.</param>
    /// <param name="log">Receives a line for the choice made and for each slow step; <see langword="null"/> to drop them.</param>
    /// <param name="cancellationToken">Cancels the search and whatever it has begun.</param>
    /// <returns>The running server; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">
    /// There is no way to get a server on this machine, or the first way that is there failed to deliver one.
    /// </exception>
    public static async Task<MongoTestServer> StartAsync(
        MongoTestServerOptions options, Action<string>? log = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        log ??= static _ => { };
        var source = await ServerResolver
            .ResolveAsync(ServerResolver.AllSources(ServerEnvironment.OfThisMachine(), options), cancellationToken);
        log($"MongoDB for this run: {source.Name}.");
        if (source is not DocumentDbSource && (options.IsReplicaSet || options.IsDurable))
        {
            log("It is as it is: a topology and a durability can be chosen for the gateway only.");
        }

        var server = await source.StartAsync(log, cancellationToken);
        try
        {
            var build = await AskAsync(server, cancellationToken);
            log($"It is up: {server.Description}.");
            return new MongoTestServer(server) { IsGateway = build.GetValue("gitVersion", "") == ServerCommands.GitVersion };
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task<BsonDocument> AskAsync(IRunningServer server, CancellationToken cancellationToken)
    {
        var settings = MongoClientSettings.FromConnectionString(server.ConnectionString);
        settings.ServerSelectionTimeout =
            TimeSpan.FromTicks(Math.Min(settings.ServerSelectionTimeout.Ticks, AnswerTimeout.Ticks));
        using var client = new MongoClient(settings);
        try
        {
            return await client.GetDatabase("admin").RunCommandAsync<BsonDocument>(
                new BsonDocument("buildInfo", 1), cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException)
        {
            var reason = exception is MongoException
                ? exception.Message
                : $"no answer within {settings.ServerSelectionTimeout.TotalSeconds} s";
            throw new InvalidOperationException($"{server.Description} cannot be used: {reason}.", exception);
        }
    }
}
