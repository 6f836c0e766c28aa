using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionManager.Internal.Events;

public sealed class EventQueueTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delivery_ManySessionsAtOnce_KeepsTheOrderOfEach()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.Workers = 4);
        fixture.Sink.Behaviour = async (_, number, _) =>
        {
            for (var i = 0; i < number % 3; i++)
            {
                await Task.Yield();
            }
        };
        var factory = fixture.Services.GetRequiredService<ISessionManagerFactory>();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async s =>
        {
            await using var session = factory.Create($"session {s}");
            for (var i = 0; i < 100; i++)
            {
                await Task.Yield();
                await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["i"] = i }, Token);
            }
        }));
        var events = await fixture.FinishAsync();

        Assert.Equal(2_000, events.Count);
        Assert.All(events.GroupBy(told => told.SessionId), session => Assert.Equal(Enumerable.Range(0, 100), session.Select(told => (int)told.Metadata!["i"]!)));
    }

    [Fact]
    public async Task Delivery_FailedAttempts_KeepTheOrderOfASession()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.LongestRetryDelay = options.FirstRetryDelay = TimeSpan.FromSeconds(1));
        fixture.Sink.Behaviour = (_, number, _) => number == 1 ? throw new TimeoutException() : Task.CompletedTask;

        await fixture.SetAsync("i", 0);
        await fixture.SetAsync("i", 1);
        await fixture.Time.NextWaitAsync(TimeSpan.FromSeconds(1));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([0, 1], (await fixture.FinishAsync()).Select(told => told.Metadata!["i"]));
    }

    [Fact]
    public async Task Delivery_OneSessionIsStuck_OthersGoOn()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.Workers = 64);
        var gate = new TaskCompletionSource();
        fixture.Sink.Behaviour = (told, _, _) => told.SessionId == "s1" ? gate.Task : Task.CompletedTask;
        var factory = fixture.Services.GetRequiredService<ISessionManagerFactory>();

        await fixture.SetAsync("i", 0);
        await fixture.Sink.NextAttemptAsync();
        for (var s = 0; s < 100; s++)
        {
            await factory.Create($"other {s}").AddFeedbackAsync(new Feedback(), Token);
        }

        // Some share the worker of the stuck one; hardly all of a hundred do.
        Assert.StartsWith("other", (await fixture.Sink.NextAttemptAsync()).SessionId, StringComparison.Ordinal);
        gate.SetResult();
        Assert.Equal(101, (await fixture.FinishAsync()).Count);
    }

    [Fact]
    public async Task FullQueue_DropNewest_DropsCountsAndLogsOnceInAWhile()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => (options.Capacity, options.Workers) = (2, 1));
        var (dropped, queued) = (fixture.Collect("sessionmanager.events.dropped"), fixture.Collect("sessionmanager.events.queued"));
        var gate = new TaskCompletionSource();
        fixture.Sink.Behaviour = (_, _, _) => gate.Task;

        await fixture.SetAsync("i", 0);
        await fixture.Sink.NextAttemptAsync();
        for (var i = 1; i <= 6; i++)
        {
            await fixture.SetAsync("i", i);
        }

        queued.RecordObservableInstruments();
        Assert.Equal(2, queued.LastMeasurement!.Value);
        Assert.Equal(4, dropped.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.Equal(typeof(RecordingSink).FullName, dropped.LastMeasurement!.Tags["sink"]);
        Assert.Single(fixture.GetLogs(73));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        await fixture.SetAsync("i", 7);
        Assert.Equal(["1", "4"], fixture.GetLogs(73).Select(message => message.Split(' ')[0]));

        gate.SetResult();
        Assert.Equal([0, 1, 2], (await fixture.FinishAsync()).Select(told => told.Metadata!["i"]));
        Assert.Equal(8, fixture.Storage.Operations.Count);
    }

    [Fact]
    public async Task FullQueue_Wait_TheOperationWaitsForRoom()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options =>
            (options.Capacity, options.Workers, options.FullMode) = (1, 1, SessionEventQueueFullMode.Wait));
        var gate = new TaskCompletionSource();
        fixture.Sink.Behaviour = (_, _, _) => gate.Task;

        await fixture.SetAsync("i", 0);
        await fixture.Sink.NextAttemptAsync();
        await fixture.SetAsync("i", 1);
        var waiting = fixture.SetAsync("i", 2);

        Assert.False(waiting.IsCompleted);
        gate.SetResult();
        await waiting;
        Assert.Equal([0, 1, 2], (await fixture.FinishAsync()).Select(told => told.Metadata!["i"]));
    }

    [Fact]
    public async Task FullQueue_WaitCancelled_EndsTheOperationWithItsChangeStored()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options =>
            (options.Capacity, options.Workers, options.FullMode) = (1, 1, SessionEventQueueFullMode.Wait));
        var gate = new TaskCompletionSource();
        fixture.Sink.Behaviour = (_, _, _) => gate.Task;
        var dropped = fixture.Collect("sessionmanager.events.dropped");
        using var source = new CancellationTokenSource();
        await fixture.SetAsync("i", 0);
        await fixture.Sink.NextAttemptAsync();
        await fixture.SetAsync("i", 1);

        var waiting = fixture.Session.UpdateMetadataAsync(new Dictionary<string, object?> { ["i"] = 2 }, source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(3, fixture.Storage.Operations.Count);
        Assert.Equal(1, dropped.LastMeasurement!.Value);
        gate.SetResult();
    }

    [Fact]
    public async Task Stop_EventsQueued_WaitsUntilTheyAreDelivered()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.Workers = 1);
        var delivered = fixture.Collect("sessionmanager.events.delivered");
        var gate = new TaskCompletionSource();
        fixture.Sink.Behaviour = (_, _, _) => gate.Task;
        for (var i = 0; i < 50; i++)
        {
            await fixture.SetAsync("i", i);
        }

        var stopping = fixture.StopAsync(Token);

        Assert.False(stopping.IsCompleted);
        gate.SetResult();
        await stopping;
        Assert.Equal(Enumerable.Range(0, 50), fixture.Sink.Delivered.Select(told => (int)told.Metadata!["i"]!));
        Assert.Equal(50, delivered.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.Empty(fixture.GetLogs(74));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_TimeIsOver_LogsAndCountsWhatIsLeft(bool heedsToken)
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.Workers = 1);
        var dropped = fixture.Collect("sessionmanager.events.dropped");
        fixture.Sink.Behaviour = (_, _, token) => Task.Delay(Timeout.InfiniteTimeSpan, heedsToken ? token : CancellationToken.None);
        for (var i = 0; i < 5; i++)
        {
            await fixture.SetAsync("i", i);
        }

        await fixture.Sink.NextAttemptAsync();
        using var timeout = new CancellationTokenSource();
        var stopping = fixture.StopAsync(timeout.Token);
        await timeout.CancelAsync();
        await Record.ExceptionAsync(() => stopping);

        Assert.Empty(fixture.Sink.Delivered);
        Assert.Equal(5, dropped.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.StartsWith("5 events", Assert.Single(fixture.GetLogs(74)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ChangesMadeByOtherServicesWhileTheyStop_AreDelivered()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(
            before: builder => builder.Services.AddHostedService<LateWorker>(),
            after: builder => builder.Services.AddSingleton<IHostedService, LateWorker>());

        Assert.Equal(["late", "late"], (await fixture.FinishAsync()).Select(told => told.SessionId));
    }

    [Fact]
    public async Task Operations_AfterStop_SucceedAndTheirEventsAreDropped()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.FullMode = SessionEventQueueFullMode.Wait);
        var dropped = fixture.Collect("sessionmanager.events.dropped");
        await fixture.FinishAsync();

        await fixture.SetAsync("i", 1);

        Assert.Equal(1, dropped.LastMeasurement!.Value);
        Assert.Single(fixture.Storage.Operations);
    }

    [Fact]
    public async Task Host_DisposedWithoutStop_EndsTheAttempts()
    {
        var ended = new TaskCompletionSource();
        await using (var fixture = await EventDeliveryFixture.StartAsync())
        {
            fixture.Sink.Behaviour = async (_, _, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended.SetResult();
            };
            await fixture.SetAsync("i", 1);
            await fixture.Sink.NextAttemptAsync();
        }

        await ended.Task;
    }

    private sealed class LateWorker(ISessionManagerFactory factory) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => factory.Create("late").AddFeedbackAsync(new Feedback(), cancellationToken);
    }
}
