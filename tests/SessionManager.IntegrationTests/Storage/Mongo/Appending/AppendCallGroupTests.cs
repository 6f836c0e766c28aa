using MongoDB.Bson;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.IntegrationTests.Storage.Mongo.Appending;

/// <summary>
/// Calls with several messages: they share inserts as those with one do, and each keeps its order.
/// </summary>
public sealed class AppendCallGroupTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Count = 60;

    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly string _prefix = DatabaseFixture.NewSessionId();
    private ProxiedSessions _sessions = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IEnumerable<BsonDocument> Groups => _sessions.Inserts.Where(insert => insert["documents"].AsBsonArray.Count > 3);

    public async ValueTask InitializeAsync() => _sessions = await ProxiedSessions.StartAsync(database);

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    [Fact]
    public async Task AppendMessagesAsync_ManyWhileInsertsAreInFlight_ShareThemInOrder()
    {
        var (hold, first) = await HoldAsync();
        var calls = AppendAll();

        hold.Release();
        await Task.WhenAll([.. first, .. calls]).WaitAsync(Hang, Cancellation);

        Assert.InRange(Groups.Count(), 1, 8);
        Assert.All(Groups, insert => Assert.True(insert["ordered"].AsBoolean));
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task AppendMessagesAsync_BesideSingleMessages_GoApartFromThem()
    {
        var (hold, first) = await HoldAsync();
        var singles = Enumerable.Range(0, Count).Select(i => _sessions.AppendAsync($"{_prefix}-single-{i}", "one", Cancellation)).ToArray();
        var calls = AppendAll();

        hold.Release();
        await Task.WhenAll([.. first, .. calls]).WaitAsync(Hang, Cancellation);
        await Task.WhenAll(singles).WaitAsync(Hang, Cancellation);

        Assert.All(Groups, insert => Assert.Equal(insert["ordered"].AsBoolean, insert["documents"].AsBsonArray.Any(document => document["message_id"] != 0)));
        Assert.Contains(Groups, insert => !insert["ordered"].AsBoolean);
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Theory]
    [InlineData(0, new[] { "other", "7-0", "7-1", "7-2" })]
    [InlineData(1, new[] { "7-0", "other", "7-1", "7-2" })]
    [InlineData(2, new[] { "7-0", "7-1", "other", "7-2" })]
    public async Task AppendMessagesAsync_PositionOfOneTaken_KeepsTheOrderOfItsCallAndTheOthersGoOn(int taken, string[] expected)
    {
        var storage = database.Storage;
        await storage.AppendMessageAsync($"{_prefix}-7", new AgentBranch("support", 0), Agents.User("other"), taken, null, Cancellation);
        var (hold, first) = await HoldAsync();
        var calls = AppendAll();

        hold.Release();
        await Task.WhenAll([.. first, .. calls]).WaitAsync(Hang, Cancellation);

        Assert.Equal(expected, await TextsAsync(7));
        Assert.Equal(Enumerable.Range(0, 4).Except([taken]), await calls[7]);
        await AssertStoredAsync(Enumerable.Range(0, Count).Except([7]));
    }

    [Fact]
    public async Task AppendMessagesAsync_ConnectionLostUnderAGroup_StoresEachMessageOnce()
    {
        var (hold, first) = await HoldAsync();
        var calls = AppendAll();

        _sessions.Proxy.CutBeforeAnswerTo("3-1\0");
        hold.Release();
        await Task.WhenAll([.. first, .. calls]).WaitAsync(Hang, Cancellation);

        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    [Fact]
    public async Task AppendMessagesAsync_OneCancelledInFlight_EndsAloneAndTheOthersGoOn()
    {
        using var cancellation = new CancellationTokenSource();
        var (hold, first) = await HoldAsync();
        var cancelled = AppendAsync("cancelled", cancellation.Token);
        var calls = AppendAll();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Hang, Cancellation));
        hold.Release();
        await Task.WhenAll([.. first, .. calls]).WaitAsync(Hang, Cancellation);
        await AssertStoredAsync(Enumerable.Range(0, Count));
    }

    private Task<IReadOnlyList<int>?>[] AppendAll() => [.. Enumerable.Range(0, Count).Select(i => AppendAsync($"{i}", Cancellation))];

    private Task<IReadOnlyList<int>?> AppendAsync(string name, CancellationToken cancellationToken) => _sessions.Storage.AppendMessagesAsync(
        $"{_prefix}-{name}", new AgentBranch("support", 0), [.. Enumerable.Range(0, 3).Select(i => Agents.User($"{name}-{i}"))], 0, null, onlyThere: false, cancellationToken);

    /// <summary>
    /// Has as many inserts in flight as there may be, all of which are answered when the test says so.
    /// </summary>
    private async Task<(AnswerHold Hold, Task<IReadOnlyList<int>?>[] First)> HoldAsync()
    {
        var hold = _sessions.Proxy.HoldAnswersFrom("first-0\0");
        var first = Enumerable.Range(0, MessageInserter.MaxCommands)
            .Select(i => _sessions.Storage.AppendMessagesAsync($"{_prefix}-first-{i}", new AgentBranch("support", 0), [Agents.User("first-0"), Agents.User("first-1")], 0, null, onlyThere: false, Cancellation))
            .ToArray();
        await hold.Reached.WaitAsync(Hang, Cancellation);
        return (hold, first);
    }

    private async Task<IEnumerable<string>> TextsAsync(int i) =>
        (await database.FindMessagesAsync($"{_prefix}-{i}")).Select(message => message["message"]["content"][0]["text"].AsString);

    private async Task AssertStoredAsync(IEnumerable<int> calls)
    {
        foreach (var i in calls)
        {
            Assert.Equal([$"{i}-0", $"{i}-1", $"{i}-2"], await TextsAsync(i));
        }
    }
}
