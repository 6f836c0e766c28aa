using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// Processes that are killed while they add feedback: what was acknowledged is stored once, nothing is half written, and a user who does it again has one.
/// </summary>
public sealed class FeedbackProcessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int Count = 200;

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly Random _random = new(TestContext.Current.TestMethod!.UniqueID.GetHashCode(StringComparison.Ordinal));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IMongoCollection<BsonDocument> Feedback => database.Database.GetCollection<BsonDocument>("sessions_feedback");

    /// <summary>
    /// Gets after the answer to which request the process is killed, by what stands in it, and how many feedbacks are stored then.
    /// </summary>
    public static TheoryData<string, string, int> Points { get; } = new()
    {
        { "-", "findAndModify", 0 },
        { "u", "findAndModify", 0 },
        { "-", "mine", 1 },
        { "u", "mine", 1 },
    };

    [Theory]
    [MemberData(nameof(Points))]
    public async Task AddFeedbackAsync_ProcessKilledBetweenItsCommands_IsThereOnceOrNotAtAll(string user, string request, int count)
    {
        await database.Factory.Create(_sessionId).CreateSessionAsync(Cancellation);

        await KillAfterAsync(request, $"feedback {_sessionId} {user} mine");

        Assert.Equal(Enumerable.Repeat("mine", count), await ReadAsync());
        Assert.Equal([.. Enumerable.Repeat("mine", user == "-" ? count : 0), "again"], await AddAgainAsync($"feedback {_sessionId} {user} again"));
    }

    [Theory]
    [InlineData("insert")]
    [InlineData("mine")]
    public async Task AddFeedbackAsync_ProcessKilledWhileItBeginsTheSession_IsThereOnceOrNotAtAll(string request)
    {
        await KillAfterAsync(request, $"feedback {_sessionId} u mine");

        Assert.True(await database.Factory.Create(_sessionId).SessionExistsAsync(Cancellation));
        Assert.Equal(Enumerable.Repeat("mine", request == "mine" ? 1 : 0), await ReadAsync());
        Assert.Equal(["again"], await AddAgainAsync($"feedback {_sessionId} u again"));
    }

    [Theory]
    [InlineData("find", 0)]
    [InlineData("/support/", 0)]
    [InlineData("findAndModify", 0)]
    [InlineData("mine", 1)]
    public async Task AddFeedbackAsync_OnAMessageProcessKilledBetweenItsCommands_IsThereOnceOrNotAtAll(string request, int count)
    {
        var session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.Assistant("answer"), agent, Cancellation);

        await KillAfterAsync(request, $"feedback {_sessionId} u mine support");

        Assert.Equal(Enumerable.Repeat("mine", count), await ReadAsync());
        Assert.Equal(["again"], await AddAgainAsync($"feedback {_sessionId} u again support"));
        Assert.Equal(0, Assert.Single(await session.GetFeedbacksAsync(Cancellation)).Position);
    }

    [Theory]
    [InlineData("-")]
    [InlineData("u")]
    public async Task AddFeedbackAsync_ProcessKilledInTheMiddleOfMany_HasStoredEachAcknowledgedOnce(string user)
    {
        for (var round = Rounds.Get(3); round > 0; round--)
        {
            var sessionId = DatabaseFixture.NewSessionId();
            await using var child = await StartAsync(database.ConnectionString);
            await child.SendAsync($"feedbacks {sessionId} {user} first {Count}");
            List<string> acknowledged = [];
            for (var i = _random.Next(Count / 2); i >= 0; i--)
            {
                acknowledged.Add(await child.ReadAsync());
            }

            await child.KillAsync();
            acknowledged.AddRange(await child.ReadUntilAsync("done"));

            var stored = await ReadAsync(sessionId);
            Assert.InRange(acknowledged.Count, 1, Count - 1);
            Assert.Equal(stored.Count, stored.Distinct(StringComparer.Ordinal).Count());
            Assert.Empty(acknowledged.Select(number => $"first-{number}").Except(stored));

            await using var other = await StartAsync(database.ConnectionString);
            await other.SendAsync($"feedbacks {sessionId} {user} second {Count}");
            Assert.Equal(Count, (await other.ReadUntilAsync("done")).Count);
            var second = Enumerable.Range(0, Count).Select(number => $"second-{number}");
            Assert.Equal((user == "-" ? stored.Concat(second) : second).Order(StringComparer.Ordinal), (await ReadAsync(sessionId)).Order(StringComparer.Ordinal));
        }
    }

    private Task<ChildProcess> StartAsync(string connectionString) => ChildProcess.StartAsync(connectionString, database.DatabaseName);

    /// <summary>
    /// Kills a process when the server has answered the first request that holds a text, of which the process never hears.
    /// </summary>
    private async Task KillAfterAsync(string request, string command)
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var child = await StartAsync(proxy.ConnectionString);
        var answered = proxy.HoldAnswerTo(request);
        await child.SendAsync(command);
        await answered.WaitAsync(Cancellation);
        await child.KillAsync();
    }

    private async Task<IReadOnlyList<string>> AddAgainAsync(string command)
    {
        await using var child = await StartAsync(database.ConnectionString);
        var id = await child.AskAsync(command);
        var comments = await ReadAsync();
        Assert.Contains(id, (await database.Factory.Create(_sessionId).GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Id));
        return comments;
    }

    private Task<IReadOnlyList<string>> ReadAsync() => ReadAsync(_sessionId);

    /// <summary>
    /// Reads the comments of what is stored, of which each is whole, and compares them with what the library reads.
    /// </summary>
    private async Task<IReadOnlyList<string>> ReadAsync(string sessionId)
    {
        var stored = await Feedback.Find(new BsonDocument("session_id", sessionId)).Sort(new BsonDocument { { "created_at", 1 }, { "_id", 1 } }).ToListAsync(Cancellation);
        Assert.All(stored, feedback =>
        {
            Assert.Empty(((string[])["_id", "session_id", "first", "created_at", "updated_at", "feedback"]).Except(feedback.Names));
            Assert.Equal("up", feedback["feedback"]["rating"].AsString);
        });
        string[] comments = [.. stored.Select(feedback => feedback["feedback"]["comment"].AsString)];
        Assert.Equal(comments, (await database.Factory.Create(sessionId).GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Comment));
        return comments;
    }
}
