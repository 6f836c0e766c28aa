using System.Collections.Concurrent;
using System.Diagnostics;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;
using SessionManager.TestServer.DocumentDb;
using SessionManager.TestServer.Gateway;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer.Tests.DocumentDb;

[Trait("Server", "Gateway")]
public sealed class DurabilityTests
{
    private const int Writers = 4;
    private const int WritesBeforeTheEnd = 200;

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "on")]
    [InlineData(false, "off")]
    public async Task Commit_IsAcknowledgedAsChosen(bool isDurable, string expected)
    {
        await using var postgres = await StartAsync(isDurable);

        Assert.Equal(expected, await QueryAsync(postgres, "SHOW synchronous_commit"));
        Assert.Equal("off", await QueryAsync(postgres, "SHOW fsync"));
    }

    [Fact]
    public async Task Durable_ServerKilled_KeepsWhatItAcknowledged()
    {
        await using var postgres = await StartAsync(isDurable: true);
        await using var gateway = await GatewayServer.StartAsync(postgres.ConnectionString, isReplicaSet: false, Cancellation);
        using var client = new MongoClient(gateway.ConnectionString);
        var collection = client.GetDatabase("durable").GetCollection<BsonDocument>("things");
        await collection.InsertOneAsync(new BsonDocument("_id", -1), cancellationToken: Cancellation);
        var acknowledged = new ConcurrentQueue<int>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var next = 0;

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => WriteAsync()));
        await enough.Task.WaitAsync(Cancellation);
        await KillABackendAsync(postgres);
        await writing.WaitAsync(Recovery, Cancellation);

        var stored = (await FindAllAsync(collection)).Select(document => document["_id"].AsInt32).ToHashSet();
        Assert.True(acknowledged.Count >= WritesBeforeTheEnd);
        Assert.Empty(acknowledged.Except(stored));

        async Task WriteAsync()
        {
            try
            {
                while (true)
                {
                    var id = Interlocked.Increment(ref next);
                    await collection.InsertOneAsync(new BsonDocument("_id", id), cancellationToken: Cancellation);
                    acknowledged.Enqueue(id);
                    if (acknowledged.Count >= WritesBeforeTheEnd)
                    {
                        enough.TrySetResult();
                    }
                }
            }
            catch (MongoException)
            {
                // The server is gone.
            }
        }
    }

    private static Task<PostgresServer> StartAsync(bool isDurable) => PostgresServer.StartAsync(
        new DocumentDbCache(ServerEnvironment.OfThisMachine()), isDurable, TestContext.Current.SendDiagnosticMessage, Cancellation);

    private static async Task<string> QueryAsync(PostgresServer postgres, string sql)
    {
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return $"{await command.ExecuteScalarAsync(Cancellation)}";
    }

    // One process of PostgreSQL that is killed takes all others with it: what is in memory only is lost.
    private static async Task KillABackendAsync(PostgresServer postgres)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        using var backend = Process.GetProcessById(connection.ProcessID);
        backend.Kill();
    }

    private static async Task<List<BsonDocument>> FindAllAsync(IMongoCollection<BsonDocument> collection)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                return await collection.Find(FilterDefinition<BsonDocument>.Empty).ToListAsync(Cancellation);
            }
            catch (MongoException) when (watch.Elapsed < Recovery)
            {
                // It recovers.
                await Task.Delay(100, Cancellation);
            }
        }
    }
}
