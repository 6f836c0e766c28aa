using MongoDB.Bson;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.IntegrationTests.Storage.Mongo.Updating;

/// <summary>
/// Updates of sessions that meet: they share commands, and each ends alone.
/// </summary>
public sealed class UpdateGroupTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Count = 60;

    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly string _prefix = DatabaseFixture.NewSessionId();
    private ProxiedSessions _sessions = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private BsonDocument[] Updates => [.. _sessions.Commands.Commands.Where(command => command.GetElement(0).Name == "update")];

    public async ValueTask InitializeAsync()
    {
        _sessions = await ProxiedSessions.StartAsync(database);
        await Task.WhenAll(Enumerable.Range(-MessageInserter.MaxCommands, Count + MessageInserter.MaxCommands)
            .Select(i => _sessions.Storage.CreateSessionAsync($"{_prefix}-{i}", null, null, true, Cancellation)));
        _sessions.Commands.Clear();
    }

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    [Fact]
    public async Task Updates_ManyWhileSomeAreInFlight_GoTogether()
    {
        var (hold, first) = await HoldAsync();
        var updates = Enumerable.Range(0, Count).Reverse().Select(i => SetAsync(i)).ToArray();

        hold.Release();
        await Task.WhenAll([.. first, .. updates]).WaitAsync(Hang, Cancellation);

        var groups = Updates.Where(update => update["updates"].AsBsonArray.Count > 1).ToArray();
        Assert.InRange(groups.Length, 1, 8);
        Assert.Equal(Count, groups.Sum(update => update["updates"].AsBsonArray.Count));
        Assert.All(groups, update => Assert.False(update["ordered"].AsBoolean));

        // In one order, so that two processes never wait for each other.
        Assert.All(groups, update => Assert.Equal(Ids(update).Order(StringComparer.Ordinal), Ids(update)));
        await AssertSetAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task Updates_OneOfAMissingSession_IsTheOnlyOneThatFailsAndNothingIsDoneTwice()
    {
        var (hold, first) = await HoldAsync();
        var missing = SetAsync(Count);
        var updates = Enumerable.Range(0, Count / 2).Select(i => SetAsync(i)).ToArray();
        var feedbacks = Enumerable.Range(0, Count / 2).Select(i => _sessions.Storage.AddFeedbackAsync($"{_prefix}-{i}", new Feedback { Comment = $"{i}" }, null, Cancellation)).ToArray();

        hold.Release();
        await Task.WhenAll([.. first, .. updates, .. feedbacks]).WaitAsync(Hang, Cancellation);

        await Assert.ThrowsAsync<SessionNotFoundException>(() => missing);
        await AssertSetAsync(Enumerable.Range(0, Count / 2));
        for (var i = 0; i < Count / 2; i++)
        {
            Assert.Equal($"{i}", Assert.Single(await _sessions.Storage.GetFeedbacksAsync($"{_prefix}-{i}", Cancellation)).Comment);
        }
    }

    [Fact]
    public async Task Updates_OneThatTheSessionRefuses_IsTheOnlyOneThatFails()
    {
        await SetAsync(3, "text");
        var (hold, first) = await HoldAsync();
        var refused = _sessions.Storage.UpdateMetadataAsync($"{_prefix}-3", new Dictionary<string, object?> { ["mark.below"] = 1 }, Cancellation);
        var updates = Enumerable.Range(4, Count / 2).Select(i => SetAsync(i)).ToArray();

        hold.Release();
        await Task.WhenAll([.. first, .. updates]).WaitAsync(Hang, Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => refused);
        await AssertSetAsync(Enumerable.Range(4, Count / 2));
    }

    [Fact]
    public async Task Updates_OneCancelled_EndsAloneAndTheOthersGoOn()
    {
        using var cancellation = new CancellationTokenSource();
        var (hold, first) = await HoldAsync();
        var cancelled = _sessions.Storage.UpdateMetadataAsync($"{_prefix}-3", new Dictionary<string, object?> { ["mark"] = 1 }, cancellation.Token);
        var updates = Enumerable.Range(4, Count / 2).Select(i => SetAsync(i)).ToArray();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Hang, Cancellation));
        hold.Release();
        await Task.WhenAll([.. first, .. updates]).WaitAsync(Hang, Cancellation);
        await AssertSetAsync(Enumerable.Range(4, Count / 2));
    }

    [Fact]
    public async Task GetOrAddAgent_ManyAtOnceInManySessions_EachIsAddedByOne()
    {
        const int Each = 5;
        var (hold, first) = await HoldAsync();
        var additions = Enumerable.Range(0, Count)
            .SelectMany(i => Enumerable.Range(0, Each).Select(_ => _sessions.Storage.GetOrAddAgentAsync(
                $"{_prefix}-{i}", new StoredAgent { AgentId = "support", Model = "m" }, [], null, null, null, mustExist: false, Cancellation)))
            .ToArray();

        hold.Release();
        await Task.WhenAll(first).WaitAsync(Hang, Cancellation);
        var outcomes = await Task.WhenAll(additions).WaitAsync(Hang, Cancellation);

        Assert.All(outcomes.Chunk(Each), session => Assert.Single(session, outcome => outcome.ExistingAgent is null));
    }

    private static IEnumerable<string> Ids(BsonDocument update) => update["updates"].AsBsonArray.Select(statement => statement["q"]["_id"].AsString);

    /// <summary>
    /// Has as many updates in flight as there may be, all of which are answered when the test says so.
    /// </summary>
    private async Task<(AnswerHold Hold, Task[] First)> HoldAsync()
    {
        var hold = _sessions.Proxy.HoldAnswersFrom("held");
        Task[] first = [.. Enumerable.Range(-MessageInserter.MaxCommands, MessageInserter.MaxCommands).Select(i => SetAsync(i, "held"))];
        await hold.Reached.WaitAsync(Hang, Cancellation);
        return (hold, first);
    }

    private Task SetAsync(int i, object? value = null) =>
        _sessions.Storage.UpdateMetadataAsync($"{_prefix}-{i}", new Dictionary<string, object?> { ["mark"] = value ?? i }, Cancellation);

    private async Task AssertSetAsync(IEnumerable<int> sessions)
    {
        foreach (var i in sessions)
        {
            Assert.Equal(i, (await database.FindSessionAsync($"{_prefix}-{i}"))["metadata"]["mark"].ToInt32());
        }
    }
}
