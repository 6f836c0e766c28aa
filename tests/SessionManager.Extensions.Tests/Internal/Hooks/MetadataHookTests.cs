using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Hooks;

public sealed class MetadataHookTests
{
    private static readonly Dictionary<string, object?> Update = new() { ["a"] = 1 };

    private readonly FakeSessionStorage _storage = new();
    private readonly List<string> _log = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Operations_OneHook_SeesActionSessionPayloadAndToken()
    {
        var seen = new List<MetadataHookContext>();
        await using var session = Create((context, next) =>
        {
            seen.Add(context);
            return next(context);
        });
        using var source = new CancellationTokenSource();

        await session.UpdateMetadataAsync(Update, source.Token);
        var metadata = await session.GetMetadataAsync(["tier"], source.Token);
        await session.DeleteMetadataAsync(["a"], source.Token);

        Assert.Equal([MetadataAction.Update, MetadataAction.Get, MetadataAction.Delete], seen.Select(context => context.Action));
        Assert.All(seen, context => Assert.Equal((session, "s1", source.Token), (context.Session, context.SessionId, context.CancellationToken)));
        Assert.Equal((Update, null), (seen[0].Metadata, seen[0].Keys));
        Assert.Equal((null, "tier"), (seen[1].Metadata, seen[1].Keys!.Single()));
        Assert.Equal((null, "a"), (seen[2].Metadata, seen[2].Keys!.Single()));
        Assert.Equal("gold", metadata!["tier"]);
        Assert.Equal(["update s1: a=1", "get s1: tier", "delete s1: a"], _storage.Operations);
    }

    [Fact]
    public async Task IncrementMetadata_OneHook_SeesTheAmountAndTheNewValue()
    {
        MetadataHookContext? seen = null;
        MetadataHookResult result = default;
        await using var session = Create(async (context, next) =>
        {
            seen = context;
            return result = await next(context);
        });

        Assert.Equal(42, await session.IncrementMetadataAsync("visits", 2, Token));

        Assert.Equal((MetadataAction.Increment, session, Token), (seen!.Action, seen.Session, seen.CancellationToken));
        Assert.Equal([KeyValuePair.Create("visits", (object?)2L)], seen.Metadata!);
        Assert.Null(seen.Keys);
        Assert.Equal([KeyValuePair.Create("visits", (object?)42L)], result.Metadata!);
        Assert.Equal(["increment s1: visits by 2"], _storage.Operations);
    }

    [Theory]
    [InlineData(7)]
    [InlineData((byte)7)]
    [InlineData(7u)]
    [InlineData(7UL)]
    public async Task IncrementMetadata_HookPassesAnotherFieldAndAmount_TheyAreWhatIsAdded(object amount)
    {
        await using var session = Create((context, next) => next(context with { Metadata = new Dictionary<string, object?> { ["other"] = amount } }));

        Assert.Equal(47, await session.IncrementMetadataAsync("visits", cancellationToken: Token));

        Assert.Equal(["increment s1: other by 7"], _storage.Operations);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("empty")]
    [InlineData("two")]
    [InlineData("text")]
    [InlineData("null")]
    [InlineData("double")]
    [InlineData("large")]
    public async Task IncrementMetadata_HookPassesNoIntegerOrNotOneField_ThrowsAndAddsNothing(string kind)
    {
        Dictionary<string, object?>? metadata = kind switch
        {
            "none" => null,
            "empty" => [],
            "two" => new() { ["a"] = 1, ["b"] = 1 },
            "text" => new() { ["a"] = "1" },
            "null" => new() { ["a"] = null },
            "double" => new() { ["a"] = 1.0 },
            _ => new() { ["a"] = ulong.MaxValue },
        };
        await using var session = Create((context, next) => next(context with { Metadata = metadata }));

        await Assert.ThrowsAsync<ArgumentException>(() => session.IncrementMetadataAsync("visits", cancellationToken: Token));

        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task IncrementMetadata_HookAnswersItself_TheCallerGetsIt()
    {
        await using var session = Create((_, _) => new(new MetadataHookResult { Metadata = new Dictionary<string, object?> { ["visits"] = 3 } }));

        Assert.Equal(3, await session.IncrementMetadataAsync("visits", cancellationToken: Token));

        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task CreateSession_OneHook_SeesTheFieldsAndWhetherItWasCreated()
    {
        MetadataHookContext? seen = null;
        var results = new List<MetadataHookResult>();
        await using var session = Create(async (context, next) =>
        {
            seen = context;
            results.Add(await next(context));
            return results[^1];
        });

        Assert.True(await session.CreateSessionAsync(Update, Token));
        _storage.HasSession = true;
        Assert.False(await session.CreateSessionAsync(Update, Token));

        Assert.Equal((MetadataAction.Create, session, Token), (seen!.Action, seen.Session, seen.CancellationToken));
        Assert.Equal((Update, null), (seen.Metadata, seen.Keys));
        Assert.Equal([new MetadataHookResult { IsCreated = true }, MetadataHookResult.None], results);
        Assert.Equal(["create s1 of : a=1", "create s1 of : a=1"], _storage.Operations);
    }

    [Fact]
    public async Task CreateSession_HookLeavesNoField_CreatesTheSessionAllTheSame()
    {
        await using var session = Create((context, next) => next(context with { Metadata = new Dictionary<string, object?>() }));

        Assert.True(await session.CreateSessionAsync(Update, Token));

        Assert.Equal(["create s1 of : "], _storage.Operations);
    }

    [Fact]
    public async Task CreateSession_HookTakesThePayloadAway_Throws()
    {
        await using var session = Create((context, next) => next(context with { Metadata = null }));

        await Assert.ThrowsAsync<ArgumentException>(() => session.CreateSessionAsync(Update, Token));

        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task CreateSession_NoMetadata_CallsNoHook()
    {
        await using var session = Create(Named("hook"));

        Assert.True(await session.CreateSessionAsync(Token));
        Assert.True(await session.CreateSessionAsync(new Dictionary<string, object?>(), Token));

        Assert.Empty(_log);
        Assert.Equal(2, _storage.Operations.Count);
    }

    [Fact]
    public async Task Operations_SeveralHooks_RunInTheOrderOfRegistration()
    {
        await using var session = Create(Named("first"), Named("second"), Named("third"));

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Equal(["first in", "second in", "third in", "third out", "second out", "first out"], _log);
    }

    [Fact]
    public async Task Operations_HookDoesNotCallNext_WriteNothing()
    {
        await using var session = Create((_, _) => default, Named("behind"));

        await session.UpdateMetadataAsync(Update, Token);
        await session.DeleteMetadataAsync(["a"], Token);
        var metadata = await session.GetMetadataAsync(cancellationToken: Token);
        var isCreated = await session.CreateSessionAsync(Update, Token);
        var count = await session.IncrementMetadataAsync("visits", cancellationToken: Token);

        Assert.Null(metadata);
        Assert.Null(count);
        Assert.False(isCreated);
        Assert.Empty(_storage.Operations);
        Assert.Empty(_log);
    }

    [Fact]
    public async Task GetMetadata_HookReturnsSomethingElse_TheCallerGetsIt()
    {
        var answer = new Dictionary<string, object?> { ["tier"] = "silver" };
        await using var session = Create(async (context, next) =>
        {
            await next(context);
            return new MetadataHookResult { Metadata = answer };
        });

        Assert.Same(answer, await session.GetMetadataAsync(cancellationToken: Token));
        Assert.Equal("silver", (await session.GetMetadataAsync<Customer>(cancellationToken: Token))!.Tier);
    }

    [Fact]
    public async Task UpdateMetadata_HookThrows_TheCallerGetsTheVeryException()
    {
        var failure = new TimeZoneNotFoundException("mine");
        await using var session = Create((_, _) => throw failure);

        var exception = await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => session.UpdateMetadataAsync(Update, Token));

        Assert.Same(failure, exception);
        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task UpdateMetadata_StorageFails_HooksAndCallerGetTheVeryException()
    {
        _storage.Failure = new SessionNotFoundException("s1");
        Exception? seen = null;
        await using var session = Create(async (context, next) =>
        {
            seen = await Record.ExceptionAsync(() => next(context).AsTask());
            throw seen!;
        });

        Assert.Same(_storage.Failure, await Assert.ThrowsAsync<SessionNotFoundException>(() => session.UpdateMetadataAsync(Update, Token)));
        Assert.Same(_storage.Failure, seen);
    }

    [Fact]
    public async Task UpdateMetadata_HookPassesAnotherPayload_WhatFollowsSeesIt()
    {
        await using var session = Create(
            (context, next) => next(context with { Metadata = new Dictionary<string, object?> { ["a"] = 2 } }),
            (context, next) =>
            {
                _log.Add($"{context.Metadata!["a"]}");
                return next(context);
            });

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Equal(["2"], _log);
        Assert.Equal(["update s1: a=2"], _storage.Operations);
    }

    [Fact]
    public async Task Operations_HookLeavesNothingToWrite_SendNothing()
    {
        await using var session = Create((context, next) =>
            next(context with { Metadata = context.Metadata is null ? null : new Dictionary<string, object?>(), Keys = context.Keys is null ? null : [] }));

        await session.UpdateMetadataAsync(Update, Token);
        await session.DeleteMetadataAsync(["a"], Token);

        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task Next_AfterAFailure_MayBeCalledAgain()
    {
        _storage.Failure = new TimeoutException();
        await using var session = Create(
            async (context, next) =>
            {
                await Assert.ThrowsAsync<TimeoutException>(() => next(context).AsTask());
                _storage.Failure = null;
                return await next(context);
            },
            Named("inner"));

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Equal(["update s1: a=1"], _storage.Operations);
        Assert.Equal(2, _log.Count(entry => entry == "inner in"));
    }

    [Fact]
    public async Task Next_AfterASuccess_ThrowsAndDoesNothing()
    {
        await using var session = Create(
            async (context, next) =>
            {
                await next(context);
                return await next(context);
            },
            Named("inner"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => session.UpdateMetadataAsync(Update, Token));

        Assert.Single(_storage.Operations);
        Assert.Equal(["inner in", "inner out"], _log);
    }

    [Fact]
    public async Task Next_WhileItIsRunning_ThrowsAndDoesNothing()
    {
        var gate = new TaskCompletionSource();
        await using var session = Create(
            async (context, next) =>
            {
                var first = next(context).AsTask();
                await Assert.ThrowsAsync<InvalidOperationException>(() => next(context).AsTask());
                gate.SetResult();
                return await first;
            },
            async (context, next) =>
            {
                await gate.Task;
                return await next(context);
            });

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Single(_storage.Operations);
    }

    [Fact]
    public async Task Next_WithAnotherOperation_ThrowsAndDoesNothing()
    {
        await using var other = Create();
        await using var session = Create((context, next) => next(context.Action switch
        {
            MetadataAction.Update => context with { Action = MetadataAction.Delete, Keys = ["a"] },
            MetadataAction.Delete => context with { Session = other },
            _ => null!,
        }));

        await Assert.ThrowsAsync<ArgumentException>(() => session.UpdateMetadataAsync(Update, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => session.DeleteMetadataAsync(["a"], Token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.GetMetadataAsync(cancellationToken: Token));

        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task Operations_HookHangs_EndByTheCallersToken()
    {
        using var source = new CancellationTokenSource();
        await using var session = Create(async (context, next) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return await next(context);
        });

        var update = session.UpdateMetadataAsync(Update, source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => update);
        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task Operations_CancelledBefore_CallNoHook()
    {
        await using var session = Create(Named("hook"));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.UpdateMetadataAsync(Update, new CancellationToken(canceled: true)));

        Assert.Empty(_log);
    }

    [Fact]
    public async Task Operations_NothingToDoOrBadArguments_CallNoHook()
    {
        var session = Create(Named("hook"));

        await session.UpdateMetadataAsync(new Dictionary<string, object?>(), Token);
        await session.DeleteMetadataAsync([], Token);
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.UpdateMetadataAsync(null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.DeleteMetadataAsync(null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.IncrementMetadataAsync(null!, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentNullException>(() => session.CreateSessionAsync(null!, Token));
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.UpdateMetadataAsync(Update, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.GetMetadataAsync(cancellationToken: Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.DeleteMetadataAsync(["a"], Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.IncrementMetadataAsync("a", cancellationToken: Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.CreateSessionAsync(Update, Token));

        Assert.Empty(_log);
        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task Operations_ConcurrentOnOneManager_KeepTheirChainsApart()
    {
        await using var session = Create(Concurrent(), Concurrent());

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = i }, Token)));

        Assert.Equal(200, _storage.Operations.Distinct().Count());

        static Func<MetadataHookContext, MetadataHookNext, ValueTask<MetadataHookResult>> Concurrent() => async (context, next) =>
        {
            await Task.Yield();
            return await next(context);
        };
    }

    private Func<MetadataHookContext, MetadataHookNext, ValueTask<MetadataHookResult>> Named(string name) => async (context, next) =>
    {
        _log.Add($"{name} in");
        var result = await next(context);
        _log.Add($"{name} out");
        return result;
    };

    private ISessionManager Create(params Func<MetadataHookContext, MetadataHookNext, ValueTask<MetadataHookResult>>[] hooks)
    {
        var services = new ServiceCollection();
        var builder = services.AddFakeSessionManager(_storage);
        foreach (var hook in hooks)
        {
            builder.AddMetadataHook(hook);
        }

        return services.BuildStrictly().CreateSession();
    }

    private sealed record Customer(string Tier);
}
