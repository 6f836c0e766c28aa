using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Events;
using SessionManager.Internal.Storage.Mongo;
using SessionManager.Internal.Storage.Mongo.Appending;

namespace SessionManager.IntegrationTests.Storage.Mongo.Appending;

public sealed class AppendGroupCancellationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    // With the one that is cancelled, as many as always go together.
    private const int OthersInGroup = MessageInserter.MinShare - 1;

    private readonly string _prefix = DatabaseFixture.NewSessionId();
    private ProxiedSessions _sessions = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sessions = await ProxiedSessions.StartAsync(
        database, options => options.ServerSelectionTimeout = TimeSpan.FromSeconds(2));

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    [Fact]
    public async Task AppendMessageAsync_CancelledWhileItWaits_EndsAtOnceAndIsNeverSent()
    {
        using var cancellation = new CancellationTokenSource();
        var hold = _sessions.Proxy.HoldAnswersFrom("first");
        var first = AppendAll("first", MessageInserter.MaxCommands);
        await hold.Reached.WaitAsync(Hang, Cancellation);
        var before = AppendAll("before", 10);
        var cancelled = AppendAsync("cancelled", 0, cancellation.Token);
        var after = AppendAll("after", 10);

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Hang, Cancellation));
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        hold.Release();
        await Task.WhenAll([.. first, .. before, .. after]).WaitAsync(Hang, Cancellation);
        Assert.DoesNotContain(_sessions.Inserts.SelectMany(insert => insert["documents"].AsBsonArray), message => Text(message) == "cancelled 0");
        Assert.Empty(await database.FindMessagesAsync($"{_prefix}-cancelled-0"));
    }

    [Fact]
    public async Task AppendMessageAsync_CancelledInAGroupInFlight_EndsAtOnceAndTheOthersGoOn()
    {
        using var cancellation = new CancellationTokenSource();
        var (hold, others, cancelled) = await HoldGroupAsync(cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Hang, Cancellation));
        Assert.All(others, append => Assert.False(append.IsCompleted));
        hold.Release();
        Assert.All(await Task.WhenAll(others).WaitAsync(Hang, Cancellation), id => Assert.Equal(0, id));
        await AssertStoredOnceAsync("other", OthersInGroup);
    }

    [Fact]
    public async Task AppendMessageAsync_AfterOneCancelledInFlight_TakesTheIdBehindIt()
    {
        using var cancellation = new CancellationTokenSource();
        var (hold, others, cancelled) = await HoldGroupAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Hang, Cancellation));

        // The session manager does not know of the one that is still on its way.
        var next = _sessions.AppendAsync($"{_prefix}-cancelled-0", "next", Cancellation);
        hold.Release();

        Assert.Equal(1, await next.WaitAsync(Hang, Cancellation));
        await Task.WhenAll(others).WaitAsync(Hang, Cancellation);
        Assert.Equal(["cancelled 0", "next"], (await database.FindMessagesAsync($"{_prefix}-cancelled-0")).Select(Text));
    }

    [Fact]
    public async Task AppendMessageAsync_MoreThanMayBeOnTheirWay_WaitBeforeTheyTakeMemory()
    {
        const int Extra = 50;
        using var cancellation = new CancellationTokenSource();
        var encoded = new EncodingCounter();
        var hold = _sessions.Proxy.HoldAnswersFrom("counted 0\0");
        var appends = Enumerable.Range(0, MessageCollection.MaxMessagesOnTheWay + Extra).Select(i => AppendCountedAsync(i, encoded)).ToArray();
        await hold.Reached.WaitAsync(Hang, Cancellation);
        var cancelled = AppendAsync("cancelled", 0, cancellation.Token);

        var encodedAtOnce = encoded.Count;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Hang, Cancellation));
        hold.Release();
        await Task.WhenAll(appends).WaitAsync(Hang, Cancellation);

        Assert.Equal(MessageCollection.MaxMessagesOnTheWay, encodedAtOnce);
        Assert.Equal(appends.Length, encoded.Count);
        await AssertStoredOnceAsync("counted", appends.Length);
    }

    [Fact]
    public async Task AppendMessageAsync_ServerAwayForGood_EndsEveryWait()
    {
        var hold = _sessions.Proxy.HoldAnswersFrom("waiting 0\0");
        var appends = AppendAll("waiting", 100);
        await hold.Reached.WaitAsync(Hang, Cancellation);

        await _sessions.Proxy.DisposeAsync();

        var errors = await Task.WhenAll(appends.Select(async append => await Record.ExceptionAsync(() => append.WaitAsync(Hang, Cancellation))));
        Assert.All(errors, error => Assert.True(error is MongoException || (error is TimeoutException && error.StackTrace!.Contains("MongoDB.Driver", StringComparison.Ordinal)), error?.ToString()));
    }

    [Fact]
    public async Task AppendMessageAsync_ServerAwayAndManyWaiting_WaitForItTogether()
    {
        const int Count = 4 * MessageInserter.MaxStatements;
        var events = new ConcurrentQueue<string>();
        await using var sessions = await ProxiedSessions.StartAsync(
            database,
            options => options.ServerSelectionTimeout = TimeSpan.FromSeconds(1),
            builder => builder
                .Subscribe<ClusterSelectingServerEvent>(_ => events.Enqueue("selecting"))
                .Subscribe<ClusterSelectingServerFailedEvent>(_ => events.Enqueue("failed")));
        await sessions.Proxy.DisposeAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => sessions.AppendAsync($"{_prefix}-lost", "lost", Cancellation));
        events.Clear();

        var appends = Enumerable.Range(0, Count - 100).Select(i => sessions.AppendAsync($"{_prefix}-{i}", $"m{i}", Cancellation)).ToArray();
        var errors = await Task.WhenAll(appends.Select(async append => await Record.ExceptionAsync(() => append.WaitAsync(Hang, Cancellation))));

        // One time-out for those that went by themselves, and one for all others.
        Assert.All(errors, error => Assert.IsType<TimeoutException>(error));
        var names = events.ToArray();
        var firstOfOthers = Enumerable.Range(0, names.Length).Where(i => names[i] == "failed").ElementAt(MessageInserter.MaxCommands);
        Assert.DoesNotContain("selecting", names[firstOfOthers..]);
    }

    [Fact]
    public async Task Dispose_GroupInFlight_EndsEveryWait()
    {
        var (hold, others, cancelled) = await HoldGroupAsync(Cancellation);
        var waiting = AppendAll("waiting", 100);

        await ((IAsyncDisposable)_sessions.Services).DisposeAsync();
        hold.Release();
        _sessions.Proxy.CutAll();

        var errors = await Task.WhenAll(((Task<int>[])[.. others, cancelled, .. waiting]).Select(async append => await Record.ExceptionAsync(() => append.WaitAsync(Hang, Cancellation))));
        Assert.All(errors, error => Assert.True(error is null or MongoException or ObjectDisposedException, error?.ToString()));
        Assert.All(errors[^100..], Assert.NotNull);
    }

    private static string Text(BsonValue message) => message["message"]["content"][0]["text"].AsString;

    /// <summary>
    /// Has a group in flight, stored but not acknowledged, with a message that may be cancelled and others.
    /// </summary>
    private async Task<(AnswerHold Hold, Task<int>[] Others, Task<int> Cancelled)> HoldGroupAsync(CancellationToken cancellationToken)
    {
        var holdOfFirst = _sessions.Proxy.HoldAnswersFrom("first 0");
        var hold = _sessions.Proxy.HoldAnswersFrom("other 0");
        var first = AppendAll("first", MessageInserter.MaxCommands);
        await holdOfFirst.Reached.WaitAsync(Hang, Cancellation);
        var cancelled = AppendAsync("cancelled", 0, cancellationToken);
        var others = AppendAll("other", OthersInGroup);
        holdOfFirst.Release();
        await hold.Reached.WaitAsync(Hang, Cancellation);
        while ((await database.FindMessagesAsync($"{_prefix}-other-0")).Count == 0)
        {
            await Task.Yield();
        }

        return (hold, others, cancelled);
    }

    private Task<int>[] AppendAll(string name, int count) => [.. Enumerable.Range(0, count).Select(i => AppendAsync(name, i, Cancellation))];

    private Task<int> AppendAsync(string name, int i, CancellationToken cancellationToken) =>
        _sessions.AppendAsync($"{_prefix}-{name}-{i}", $"{name} {i}", cancellationToken);

    private Task<int> AppendCountedAsync(int i, EncodingCounter counter)
    {
        var content = new TextContent($"counted {i}") { AdditionalProperties = new() { ["counted"] = counter } };
        return _sessions.Storage.AppendMessageAsync(
            $"{_prefix}-counted-{i}", new AgentBranch("support", 0), new ChatMessage(ChatRole.User, [content]), 0, null, Cancellation);
    }

    private async Task AssertStoredOnceAsync(string name, int count)
    {
        var ids = Enumerable.Range(0, count).Select(i => $"{_prefix}-{name}-{i}").ToArray();
        var filter = new BsonDocument("session_id", new BsonDocument("$in", new BsonArray(ids)));

        var stored = await database.Messages.Find(filter).ToListAsync(Cancellation);

        Assert.Equal(ids.Order(), stored.Select(message => message["session_id"].AsString).Order());
    }

    /// <summary>
    /// Counts how often it is made JSON.
    /// </summary>
    private sealed class EncodingCounter
    {
        private int _count;

        [System.Text.Json.Serialization.JsonIgnore]
        public int Count => _count;

        public string Value
        {
            get
            {
                Interlocked.Increment(ref _count);
                return "counted";
            }
        }
    }
}
