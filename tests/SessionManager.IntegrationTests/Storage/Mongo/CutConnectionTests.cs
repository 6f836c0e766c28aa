using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Storage.Mongo;

public sealed class CutConnectionTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int Appenders = 64;
    private const int Messages = 20_000;
    private const int Cuts = 50;

    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(3);

    private readonly string _prefix = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AppendMessageAsync_AllConnectionsCutAgainAndAgain_StoresEachAcknowledgedMessageOnce()
    {
        await using var sessions = await ProxiedSessions.StartAsync(database);
        var acknowledged = new ConcurrentQueue<(string SessionId, int MessageId, string Text)>();
        var (started, done, cuts) = (0, 0, 0);

        var appenders = await Task.WhenAll(Enumerable.Range(0, Appenders).Select(StartAsync)).WaitAsync(Hang, Cancellation);
        await Task.WhenAll(appenders.Select(AppendAllAsync)).WaitAsync(Hang, Cancellation);

        Assert.Equal(Cuts, cuts);
        Assert.Equal(Messages, acknowledged.Count);
        var stored = await database.Messages
            .Find(new BsonDocument("session_id", new BsonDocument("$in", new BsonArray(Enumerable.Range(0, Appenders).Select(i => $"{_prefix}-{i}")))))
            .ToListAsync(Cancellation);
        Assert.Equal(
            acknowledged.Order(),
            stored.Select(message => (message["session_id"].AsString, message["message_id"].AsInt32, message["message"]["content"][0]["text"].AsString)).Order());
        Assert.All(
            acknowledged.GroupBy(message => message.SessionId),
            session => Assert.Equal(Enumerable.Range(0, session.Count()), session.Select(message => message.MessageId).Order()));

        async Task<(ISessionManager Session, SessionAgent Agent)> StartAsync(int appender)
        {
            var session = sessions.Factory.Create($"{_prefix}-{appender}");
            var agent = Agents.Support();
            await session.InitializeAsync(agent, Cancellation);
            return (session, agent);
        }

        async Task AppendAllAsync((ISessionManager Session, SessionAgent Agent) appender)
        {
            var (session, agent) = appender;
            for (int i; (i = Interlocked.Increment(ref started)) <= Messages;)
            {
                var id = await session.AppendMessageAsync(Agents.User($"m{i}"), agent, Cancellation);
                acknowledged.Enqueue((session.SessionId, id, $"m{i}"));
                if (Interlocked.Increment(ref done) % (Messages / Cuts) == 0)
                {
                    Interlocked.Increment(ref cuts);
                    sessions.Proxy.CutAll();
                }
            }
        }
    }
}
