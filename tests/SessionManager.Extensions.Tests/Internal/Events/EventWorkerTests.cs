using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Events;

public sealed class EventWorkerTests
{
    // Longer than every delay, so that the clock tells one from the other.
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromMinutes(59);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delivery_SinkFailsAtFirst_IsRepeatedWithGrowingDelays()
    {
        await using var fixture = await StartAsync();
        var (retried, delivered) = (fixture.Collect("sessionmanager.events.retried"), fixture.Collect("sessionmanager.events.delivered"));
        fixture.Sink.Behaviour = (_, number, _) => number <= 4 ? throw new TimeoutException("canary") : Task.CompletedTask;

        await fixture.SetAsync("i", 1);
        var delays = await PassDelaysAsync(fixture, 4);
        var events = await fixture.FinishAsync();

        Assert.InRange(delays[0], TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
        Assert.InRange(delays[1], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.InRange(delays[2], TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
        Assert.InRange(delays[3], TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(5));
        Assert.Single(events);
        Assert.Equal(5, fixture.Sink.AttemptCount);
        Assert.Equal((4, 1), (retried.GetMeasurementSnapshot().Count, delivered.GetMeasurementSnapshot().Count));
        Assert.Equal(4, fixture.GetLogs(71).Count());
        Assert.DoesNotContain("canary", string.Concat(fixture.GetLogs(71)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_EachAttempt_HasTheSameId()
    {
        await using var fixture = await StartAsync();
        fixture.Sink.Behaviour = (_, number, _) => number == 1 ? throw new TimeoutException() : Task.CompletedTask;

        await fixture.SetAsync("i", 1);
        await PassDelaysAsync(fixture, 1);

        Assert.Equal((await fixture.Sink.NextAttemptAsync()).Id, (await fixture.Sink.NextAttemptAsync()).Id);
    }

    [Fact]
    public async Task Delivery_LastAttemptFails_IsGivenUpAndTheNextEventComes()
    {
        await using var fixture = await StartAsync(options => options.MaxAttempts = 3);
        var failed = fixture.Collect("sessionmanager.events.failed");
        fixture.Sink.Behaviour = (told, _, _) => told.Metadata!["i"] is 1 ? throw new TimeoutException() : Task.CompletedTask;

        await fixture.SetAsync("i", 1);
        await fixture.SetAsync("i", 2);
        await PassDelaysAsync(fixture, 2);
        var events = await fixture.FinishAsync();

        Assert.Equal(2, Assert.Single(events).Metadata!["i"]);
        Assert.Equal(4, fixture.Sink.AttemptCount);
        Assert.Equal(1, failed.LastMeasurement!.Value);
        Assert.Contains("after attempt 3", Assert.Single(fixture.GetLogs(72)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_SinkSaysForGood_IsGivenUpAtOnce()
    {
        await using var fixture = await StartAsync();
        fixture.Sink.Behaviour = (_, _, _) => throw new SessionEventDeliveryException("no such queue", isTransient: false);

        await fixture.SetAsync("i", 1);
        await fixture.FinishAsync();

        Assert.Equal(1, fixture.Sink.AttemptCount);
        Assert.Contains("no such queue", Assert.Single(fixture.GetLogs(72)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(4000, 5)]
    public async Task Delivery_SinkAsksForATime_ItIsKeptUpToTheLimit(int asked, int expected)
    {
        await using var fixture = await StartAsync();
        fixture.Sink.Behaviour = (_, number, _) => number == 1
            ? throw new SessionEventDeliveryException("busy", isTransient: true, TimeSpan.FromSeconds(asked))
            : Task.CompletedTask;

        await fixture.SetAsync("i", 1);
        var delays = await PassDelaysAsync(fixture, 1);

        Assert.Equal([TimeSpan.FromSeconds(expected)], delays);
        Assert.Single(await fixture.FinishAsync());
    }

    [Fact]
    public async Task Delivery_SinkHangsAndHeedsNoToken_IsRepeatedAfterTheTimeout()
    {
        await using var fixture = await StartAsync();
        fixture.Sink.Behaviour = (_, number, _) => number == 1 ? new TaskCompletionSource().Task : Task.CompletedTask;

        await fixture.SetAsync("i", 1);
        await fixture.Sink.NextAttemptAsync();
        fixture.Time.Advance(AttemptTimeout);
        await PassDelaysAsync(fixture, 1);

        Assert.Single(await fixture.FinishAsync());
        Assert.Contains("no answer within 00:59:00", Assert.Single(fixture.GetLogs(71)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_HostStopsDuringADelay_TheEventIsStillDelivered()
    {
        await using var fixture = await StartAsync();
        fixture.Sink.Behaviour = (_, number, _) => number == 1 ? throw new TimeoutException() : Task.CompletedTask;
        await fixture.SetAsync("i", 1);
        await fixture.Time.NextWaitAsync(TimeSpan.FromSeconds(5));

        var stopping = fixture.StopAsync(Token);
        Assert.False(stopping.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(5));
        await stopping;

        Assert.Single(fixture.Sink.Delivered);
    }

    [Fact]
    public async Task Delivery_ScopedSink_IsANewOneForEachAttempt()
    {
        var seen = new List<ScopedSink>();
        await using var fixture = await StartAsync(after: builder =>
        {
            builder.Services.AddSingleton(seen);
            builder.AddEventDelivery<ScopedSink>(Configure);
        });

        await fixture.SetAsync("i", 1);
        await PassDelaysAsync(fixture, 1);
        await fixture.FinishAsync();

        Assert.Equal(2, seen.Distinct().Count());
        Assert.All(seen, sink => Assert.True(sink.IsDisposed));
    }

    private static Task<EventDeliveryFixture> StartAsync(Action<SessionEventDeliveryOptions>? configure = null, Action<ISessionManagerBuilder>? after = null) =>
        EventDeliveryFixture.StartAsync(
            options =>
            {
                Configure(options);
                configure?.Invoke(options);
            },
            after: after);

    private static void Configure(SessionEventDeliveryOptions options)
    {
        options.AttemptTimeout = AttemptTimeout;
        options.LongestRetryDelay = TimeSpan.FromSeconds(5);
    }

    private static async Task<List<TimeSpan>> PassDelaysAsync(EventDeliveryFixture fixture, int count)
    {
        var delays = new List<TimeSpan>();
        for (var i = 0; i < count; i++)
        {
            delays.Add(await fixture.Time.NextWaitAsync(TimeSpan.FromSeconds(5)));
            fixture.Time.Advance(delays[^1]);
        }

        return delays;
    }

    private sealed class ScopedSink(List<ScopedSink> seen) : ISessionEventSink, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;

        public ValueTask DeliverAsync(SessionEvent sessionEvent, CancellationToken cancellationToken)
        {
            seen.Add(this);
            return seen.Count == 1 ? throw new TimeoutException() : default;
        }
    }
}
