using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Hooks on metadata and feedback, which see, change and refuse operations.
/// </summary>
public abstract class HookTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private readonly List<string> _calls = [];

    [Fact]
    public async Task MetadataHook_EveryOperation_SeesActionSessionAndPayload()
    {
        var contexts = new List<MetadataHookContext>();
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks =
            [
                new MetadataHook((context, next) =>
                {
                    contexts.Add(context);
                    return next(context);
                }),
            ],
        });
        var session = await CreateSessionAsync(host);

        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);
        await session.GetMetadataAsync(["a"], Cancellation);
        await session.DeleteMetadataAsync(["a"], Cancellation);
        await session.GetMetadataTool().InvokeAsync(new AIFunctionArguments { ["action"] = "get" }, Cancellation);

        Assert.Equal([MetadataAction.Update, MetadataAction.Get, MetadataAction.Delete, MetadataAction.Get], contexts.Select(context => context.Action));
        Assert.All(contexts, context => Assert.Equal(SessionId, context.SessionId));
        Assert.Equal(Map(("a", 1)), contexts[0].Metadata);
        Assert.Equal(["a"], contexts[1].Keys!);
        Assert.Equal(["a"], contexts[2].Keys!);
        Assert.Null(contexts[3].Keys);
    }

    [Fact]
    public async Task MetadataHook_ThatDoesNotCallNext_VetoesAndAnswersItself()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks =
            [
                new MetadataHook((context, next) => context.Action == MetadataAction.Get
                    ? ValueTask.FromResult(new MetadataHookResult { Metadata = Map(("from", "hook")) })
                    : ValueTask.FromResult(MetadataHookResult.None)),
            ],
        });
        var session = await CreateSessionAsync(host);

        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);

        Assert.Equal(Map(("from", "hook")), await session.GetMetadataAsync(cancellationToken: Cancellation));
        Assert.Empty(await host.Storage.GetMetadataAsync(SessionId, null, Cancellation) ?? Map(("missing", 1)));
    }

    [Fact]
    public async Task MetadataHook_ThatThrows_StopsTheOperationAndReachesTheCaller()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks = [new MetadataHook((context, next) => throw new InvalidTimeZoneException("refused"))],
        });
        var session = await CreateSessionAsync(host);

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.UpdateMetadataAsync(Map(("a", 1)), Cancellation));

        Assert.Empty(await host.Storage.GetMetadataAsync(SessionId, null, Cancellation) ?? Map(("missing", 1)));
    }

    [Fact]
    public async Task MetadataHooks_Several_RunInOrderAroundUpdateAndDelete()
    {
        // Combined hooks of the reference bypass every hook for update and delete (fault 44).
        await using var host = await CreateHostAsync(options => options with { MetadataHooks = [Record("validate"), Record("audit")] });
        var session = await CreateSessionAsync(host);

        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);
        await session.DeleteMetadataAsync(["a"], Cancellation);

        Assert.Equal(["validate>", "audit>", "<audit", "<validate", "validate>", "audit>", "<audit", "<validate"], _calls);
    }

    [Fact]
    public async Task MetadataHooks_FirstRefuses_StopsTheOthersAndTheWrite()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks = [new MetadataHook((context, next) => throw new InvalidTimeZoneException("refused")), Record("audit")],
        });
        var session = await CreateSessionAsync(host);

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.UpdateMetadataAsync(Map(("a", 1)), Cancellation));

        Assert.Empty(_calls);
        Assert.Empty(await host.Storage.GetMetadataAsync(SessionId, null, Cancellation) ?? Map(("missing", 1)));
    }

    [Fact]
    public async Task MetadataHook_OtherPayload_IsWhatIsWritten()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks = [new MetadataHook((context, next) => next(context.Action == MetadataAction.Update ? context with { Metadata = Map(("b", 2)) } : context))],
        });
        var session = await CreateSessionAsync(host);

        await session.UpdateMetadataAsync(Map(("a", 1)), Cancellation);

        Assert.Equal(Map(("b", 2)), await session.GetMetadataAsync(cancellationToken: Cancellation));
    }

    [Fact]
    public async Task MetadataHook_CreationWithMetadata_SeesItAndWhatBecameOfIt()
    {
        var contexts = new List<MetadataHookContext>();
        var results = new List<MetadataHookResult>();
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks =
            [
                CreateRecorder(contexts, results),
            ],
        });
        var session = host.Factory.Create(SessionId);

        Assert.True(await session.CreateSessionAsync(Map(("a", 1)), Cancellation));
        Assert.False(await session.CreateSessionAsync(Map(("a", 2)), Cancellation));
        Assert.False(await session.CreateSessionAsync(Map(), Cancellation));

        Assert.All(contexts, context => Assert.Equal((MetadataAction.Create, SessionId, null), (context.Action, context.SessionId, context.Keys)));
        Assert.Equal([Map(("a", 1)), Map(("a", 2))], contexts.Select(context => context.Metadata));
        Assert.Equal([(true, null), (false, null)], results.Select(result => (result.IsCreated, result.Metadata)));
        Assert.Equal(Map(("a", 1)), await host.Storage.GetMetadataAsync(SessionId, null, Cancellation));
    }

    [Fact]
    public async Task MetadataHook_CreationIsVetoed_CreatesNothing()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks = [new MetadataHook((context, next) => ValueTask.FromResult(MetadataHookResult.None))],
        });

        Assert.False(await host.Factory.Create(SessionId).CreateSessionAsync(Map(("a", 1)), Cancellation));

        Assert.Null(await host.Storage.GetSessionAsync(SessionId, Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MetadataHook_OtherPayloadOrNoneForACreation_IsWhatTheSessionHas(bool hasFields)
    {
        var fields = hasFields ? Map(("b", 2)) : Map();
        await using var host = await CreateHostAsync(options => options with
        {
            ApplicationName = "shop",
            MetadataHooks = [new MetadataHook((context, next) => next(context with { Metadata = fields }))],
        });

        Assert.True(await host.Factory.Create(SessionId).CreateSessionAsync(Map(("a", 1)), Cancellation));

        var info = await host.Storage.GetSessionAsync(SessionId, Cancellation);
        Assert.Equal("shop", info?.ApplicationName);
        Assert.Equal(fields, info?.Metadata);
    }

    [Fact]
    public async Task MetadataHook_Increment_SeesTheAmountAndTheNewValue()
    {
        var contexts = new List<MetadataHookContext>();
        var results = new List<MetadataHookResult>();
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks =
            [
                CreateRecorder(contexts, results),
            ],
        });
        var session = await CreateSessionAsync(host);

        await session.IncrementMetadataAsync("a.b", 2, Cancellation);
        Assert.Equal(5, await session.IncrementMetadataAsync("a.b", 3, Cancellation));

        Assert.All(contexts, context => Assert.Equal((MetadataAction.Increment, SessionId, null), (context.Action, context.SessionId, context.Keys)));
        Assert.Equal([Map(("a.b", 2L)), Map(("a.b", 3L))], contexts.Select(context => context.Metadata));
        Assert.Equal([Map(("a.b", 2L)), Map(("a.b", 5L))], results.Select(result => result.Metadata));
    }

    [Fact]
    public async Task MetadataHook_IncrementIsVetoed_GivesNullAndAddsNothing()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks = [new MetadataHook((context, next) => ValueTask.FromResult(MetadataHookResult.None))],
        });
        var session = await CreateSessionAsync(host);

        Assert.Null(await session.IncrementMetadataAsync("a", cancellationToken: Cancellation));

        Assert.Empty(await host.Storage.GetMetadataAsync(SessionId, null, Cancellation) ?? Map(("missing", 1)));
    }

    [Fact]
    public async Task MetadataHook_OtherFieldAndAmount_AreWhatIsAdded()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            MetadataHooks = [new MetadataHook((context, next) => next(context with { Metadata = Map(("b", 10)) }))],
        });
        var session = await CreateSessionAsync(host);

        Assert.Equal(10, await session.IncrementMetadataAsync("a", cancellationToken: Cancellation));

        Assert.Equal(Map(("b", 10L)), await host.Storage.GetMetadataAsync(SessionId, null, Cancellation));
    }

    [Fact]
    public async Task FeedbackHook_AroundAnAddition_SeesItAndWhatWasStored()
    {
        FeedbackHookContext? seen = null;
        Feedback? stored = null;
        await using var host = await CreateHostAsync(options => options with
        {
            FeedbackHooks =
            [
                new FeedbackHook(async (context, next) =>
                {
                    seen = context;
                    stored = await next(context);
                    return stored;
                }),
            ],
        });
        var session = await CreateSessionAsync(host);

        await session.AddFeedbackAsync(new Feedback { Comment = "good" }, Cancellation);
        await session.GetFeedbacksAsync(Cancellation);

        Assert.Equal((FeedbackAction.Add, SessionId, "good"), (seen?.Action, seen?.SessionId, seen?.Feedback.Comment));
        Assert.Equal(Now(), stored?.CreatedAt);
    }

    [Fact]
    public async Task FeedbackHook_AroundARemoval_SeesItAndMayVetoIt()
    {
        var isVetoed = true;
        List<string> seen = [];
        await using var host = await CreateHostAsync(options => options with
        {
            FeedbackHooks =
            [
                new FeedbackHook(async (context, next) =>
                {
                    seen.Add($"{context.Action} {context.Feedback.Id}");
                    return context.Action == FeedbackAction.Delete && isVetoed ? null : await next(context);
                }),
            ],
        });
        var session = await CreateSessionAsync(host);
        var id = (await session.AddFeedbackAsync(new Feedback(), Cancellation))!.Id!;

        Assert.False(await session.DeleteFeedbackAsync(id, Cancellation));
        isVetoed = false;
        Assert.True(await session.DeleteFeedbackAsync(id, Cancellation));
        Assert.False(await session.DeleteFeedbackAsync(id, Cancellation));

        Assert.Equal(["Add ", $"Delete {id}", $"Delete {id}", $"Delete {id}"], seen);
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task FeedbackHook_StorageFails_HearsOfItAndDoesNotNotify()
    {
        var notified = false;
        await using var host = await CreateHostAsync(options => options with
        {
            FeedbackHooks =
            [
                new FeedbackHook(async (context, next) =>
                {
                    var stored = await next(context);
                    notified = true;
                    return stored;
                }),
            ],
        });

        await Assert.ThrowsAsync<SessionNotFoundException>(
            () => host.Factory.Create(SessionId).AddFeedbackAsync(new Feedback { AgentId = "support", Position = 0 }, Cancellation));

        Assert.False(notified);
    }

    [Fact]
    public async Task FeedbackHook_FailsAfterStoring_ReachesTheCallerAndTheFeedbackStays()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            FeedbackHooks =
            [
                new FeedbackHook(async (context, next) =>
                {
                    await next(context);
                    throw new InvalidTimeZoneException("notification failed");
                }),
            ],
        });
        var session = await CreateSessionAsync(host);

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => session.AddFeedbackAsync(new Feedback(), Cancellation));

        Assert.Single(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task FeedbackHook_Veto_StoresNothingAndGivesNull()
    {
        await using var host = await CreateHostAsync(options => options with
        {
            FeedbackHooks = [new FeedbackHook((context, next) => ValueTask.FromResult<Feedback?>(null))],
        });
        var session = await CreateSessionAsync(host);

        Assert.Null(await session.AddFeedbackAsync(new Feedback(), Cancellation));

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    private MetadataHook Record(string name) => new(async (context, next) =>
    {
        _calls.Add($"{name}>");
        var result = await next(context);
        _calls.Add($"<{name}");
        return result;
    });

    private async Task<ISessionManager> CreateSessionAsync(ConformanceHost host)
    {
        var session = host.Factory.Create(SessionId);
        await session.CreateSessionAsync(Cancellation);
        return session;
    }

    private sealed class MetadataHook(Func<MetadataHookContext, MetadataHookNext, ValueTask<MetadataHookResult>> invoke) : IMetadataHook
    {
        public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next) => invoke(context, next);
    }

    private sealed class FeedbackHook(Func<FeedbackHookContext, FeedbackHookNext, ValueTask<Feedback?>> invoke) : IFeedbackHook
    {
        public ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next) => invoke(context, next);
    }

    private static MetadataHook CreateRecorder(List<MetadataHookContext> contexts, List<MetadataHookResult> results) => new(async (context, next) =>
    {
        contexts.Add(context);
        results.Add(await next(context));
        return results[^1];
    });
}
