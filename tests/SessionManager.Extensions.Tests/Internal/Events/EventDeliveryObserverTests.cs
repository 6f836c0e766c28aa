using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Events;

public sealed class EventDeliveryObserverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Operations_Stored_AreTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync();

        await fixture.Session.UpdateMetadataAsync(new Dictionary<string, object?> { ["tier"] = "gold", ["since"] = DateTime.UnixEpoch }, Token);
        await fixture.Session.DeleteMetadataAsync(["tier"], Token);
        await fixture.Session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down, Comment = "slow" }, Token);
        await fixture.Session.GetMetadataAsync(cancellationToken: Token);
        var events = await fixture.FinishAsync();

        Assert.Equal([SessionEventKind.MetadataUpdated, SessionEventKind.MetadataDeleted, SessionEventKind.FeedbackAdded], events.Select(told => told.Kind));
        Assert.All(events, told => Assert.Equal(("s1", fixture.Time.GetUtcNow(), 7), (told.SessionId, told.Timestamp, told.Id.Version)));
        Assert.Equal(3, events.Select(told => told.Id).Distinct().Count());
        Assert.Equal(("gold", DateTime.UnixEpoch), (events[0].Metadata!["tier"], events[0].Metadata!["since"]));
        Assert.Equal((null, null), (events[0].DeletedKeys, events[0].Feedback));
        Assert.Equal(["tier"], events[1].DeletedKeys!);
        Assert.Equal(new Feedback { Rating = FeedbackRating.Down, Comment = "slow", CreatedAt = DateTimeOffset.UnixEpoch }, events[2].Feedback);
    }

    [Fact]
    public async Task CreateSession_WithMetadata_IsToldWhereItWasCreated()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync();
        var metadata = new Dictionary<string, object?> { ["tier"] = "gold" };

        Assert.True(await fixture.Session.CreateSessionAsync(metadata, Token));
        fixture.Storage.HasSession = true;
        Assert.False(await fixture.Session.CreateSessionAsync(metadata, Token));

        var told = Assert.Single(await fixture.FinishAsync());
        Assert.Equal((SessionEventKind.MetadataUpdated, "s1", "gold", null), (told.Kind, told.SessionId, told.Metadata!["tier"], told.DeletedKeys));
    }

    [Fact]
    public async Task IncrementMetadata_Stored_TellsTheNewValue()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.DeliveredFields = ["visits"]);

        await fixture.Session.IncrementMetadataAsync("visits.today", 2, Token);
        await fixture.Session.IncrementMetadataAsync("other", 2, Token);

        var told = Assert.Single(await fixture.FinishAsync());
        Assert.Equal(SessionEventKind.MetadataUpdated, told.Kind);
        Assert.Equal([KeyValuePair.Create("visits.today", (object?)42L)], told.Metadata!);
        Assert.Null(told.DeletedKeys);
    }

    [Fact]
    public async Task CreateSession_HookLeavesNoField_IsNotTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(
            after: builder => builder.AddMetadataHook((context, next) => next(context with { Metadata = new Dictionary<string, object?>() })));

        Assert.True(await fixture.Session.CreateSessionAsync(new Dictionary<string, object?> { ["tier"] = "gold" }, Token));

        Assert.Empty(await fixture.FinishAsync());
    }

    [Fact]
    public async Task AddFeedback_SinkIsCalled_FeedbackIsStoredByThen()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync();
        var storedCount = 0;
        fixture.Sink.Behaviour = (_, _, _) =>
        {
            storedCount = fixture.Storage.Operations.Count;
            return Task.CompletedTask;
        };

        await fixture.Session.AddFeedbackAsync(new Feedback(), Token);
        await fixture.FinishAsync();

        Assert.Equal(1, storedCount);
    }

    [Fact]
    public async Task Operations_StorageFails_AreNotTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync();
        fixture.Storage.Failure = new TimeoutException();

        await Assert.ThrowsAsync<TimeoutException>(() => fixture.SetAsync("tier", 1));
        await Assert.ThrowsAsync<TimeoutException>(() => fixture.Session.DeleteMetadataAsync(["tier"], Token));
        await Assert.ThrowsAsync<TimeoutException>(() => fixture.Session.AddFeedbackAsync(new Feedback(), Token));

        Assert.Empty(await fixture.FinishAsync());
        Assert.Equal(0, fixture.Sink.AttemptCount);
    }

    [Fact]
    public async Task Operations_SinkFails_SucceedAllTheSame()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.MaxAttempts = 1);
        fixture.Sink.Behaviour = (_, _, _) => throw new TimeoutException();

        await fixture.SetAsync("tier", 1);
        var feedback = await fixture.Session.AddFeedbackAsync(new Feedback(), Token);
        await fixture.FinishAsync();

        Assert.NotNull(feedback);
        Assert.Equal(2, fixture.Storage.Operations.Count);
        Assert.Equal(2, fixture.GetLogs(72).Count());
    }

    [Fact]
    public async Task Operations_HookBehindVetoes_AreNotTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(
            after: builder => builder.AddMetadataHook((_, _) => default).AddFeedbackHook((context, _) => new(context.Feedback)));

        await fixture.SetAsync("tier", 1);
        await fixture.Session.AddFeedbackAsync(new Feedback(), Token);

        Assert.Empty(await fixture.FinishAsync());
    }

    [Fact]
    public async Task Operations_HookBehindChangesThePayload_WhatWasStoredIsTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(after: builder => builder
            .AddMetadataHook((context, next) => next(context with { Metadata = new Dictionary<string, object?> { ["tier"] = "changed" } }))
            .AddFeedbackHook((context, next) => next(context with { Feedback = context.Feedback with { Comment = "changed" } })));

        await fixture.SetAsync("tier", "original");
        await fixture.Session.AddFeedbackAsync(new Feedback { Comment = "original" }, Token);
        var events = await fixture.FinishAsync();

        Assert.Equal(("changed", "changed"), (events[0].Metadata!["tier"], events[1].Feedback!.Comment));
    }

    [Fact]
    public async Task Operations_HooksInDecorators_OnlyWhatIsStoredIsTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(after: builder =>
        {
            builder.AddMetadataHook((context, next) => context.Action == MetadataAction.Delete
                ? default
                : next(context with { Metadata = new Dictionary<string, object?> { ["tier"] = "changed" } }));
            builder.Services.DecorateMetadataHooks();
        });

        await fixture.SetAsync("tier", "original");
        await fixture.Session.DeleteMetadataAsync(["tier"], Token);

        Assert.Equal("changed", Assert.Single(await fixture.FinishAsync()).Metadata!["tier"]);
    }

    [Fact]
    public async Task Operations_HookBehindFailsAfterStoring_AreTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(after: builder => builder.AddMetadataHook(async (context, next) =>
        {
            await next(context);
            throw new TimeZoneNotFoundException();
        }));

        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => fixture.SetAsync("tier", 1));

        Assert.Single(await fixture.FinishAsync());
    }

    [Fact]
    public async Task Operations_HookBeforeTriesAgain_TellEachChangeOnce()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(before: builder => builder.AddMetadataHook(async (context, next) =>
        {
            try
            {
                return await next(context);
            }
            catch (TimeoutException)
            {
                return await next(context);
            }
        }));
        fixture.Storage.FailuresLeft = 1;

        await fixture.SetAsync("tier", 1);

        Assert.Single(await fixture.FinishAsync());
    }

    [Fact]
    public async Task Operations_ConfiguredFields_OnlyTheirChangesAreTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.DeliveredFields = ["tier", "customer.name"]);

        await fixture.Session.UpdateMetadataAsync(new Dictionary<string, object?> { ["tier"] = null, ["other"] = 1 }, Token);
        await fixture.SetAsync("other", 2);
        await fixture.Session.DeleteMetadataAsync(["other", "tier"], Token);
        await fixture.Session.DeleteMetadataAsync(["other"], Token);
        await fixture.SetAsync("customer", "nobody");
        await fixture.Session.AddFeedbackAsync(new Feedback(), Token);
        var events = await fixture.FinishAsync();

        Assert.Equal(4, events.Count);
        Assert.Equal(["tier"], events[0].Metadata!.Keys);
        Assert.Equal(["tier"], events[1].DeletedKeys!);
        Assert.Equal(["customer.name"], events[2].DeletedKeys!);
        Assert.Empty(events[2].Metadata!);
        Assert.NotNull(events[3].Feedback);
    }

    [Fact]
    public async Task Operations_Filter_OnlyWhatItTakesIsTold()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.Filter = told => told.Kind == SessionEventKind.FeedbackAdded);

        await fixture.SetAsync("tier", 1);
        await fixture.Session.AddFeedbackAsync(new Feedback(), Token);

        Assert.Equal(SessionEventKind.FeedbackAdded, Assert.Single(await fixture.FinishAsync()).Kind);
    }

    [Fact]
    public async Task Operations_FilterThrows_SucceedAndCountTheEventAsDropped()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync(options => options.Filter = _ => throw new TimeoutException("canary"));
        var dropped = fixture.Collect("sessionmanager.events.dropped");

        await fixture.SetAsync("tier", 1);

        Assert.Empty(await fixture.FinishAsync());
        Assert.Equal(1, dropped.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        Assert.DoesNotContain("canary", Assert.Single(fixture.GetLogs(75)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_ChangedByTheCallerAfterwards_IsToldAsItWas()
    {
        await using var fixture = await EventDeliveryFixture.StartAsync();
        var gate = new TaskCompletionSource();
        fixture.Sink.Behaviour = (_, _, _) => gate.Task;
        var update = new Dictionary<string, object?> { ["tier"] = "gold" };

        await fixture.Session.UpdateMetadataAsync(update, Token);
        update["tier"] = "changed";
        gate.SetResult();

        Assert.Equal("gold", Assert.Single(await fixture.FinishAsync()).Metadata!["tier"]);
    }
}
