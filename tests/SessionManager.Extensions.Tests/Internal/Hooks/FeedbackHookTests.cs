using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Hooks;

public sealed class FeedbackHookTests
{
    private static readonly Feedback Good = new() { Rating = FeedbackRating.Up, Comment = "good" };

    private readonly FakeSessionStorage _storage = new();
    private readonly List<string> _log = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddFeedback_Hook_SeesItAndTheSession()
    {
        FeedbackHookContext? seen = null;
        await using var session = Create((context, next) =>
        {
            seen = context;
            return next(context);
        });

        var stored = await session.AddFeedbackAsync(Good, Token);

        Assert.Equal((FeedbackAction.Add, session, "s1", Good), (seen!.Action, seen.Session, seen.SessionId, seen.Feedback));
        Assert.Equal(Good with { CreatedAt = DateTimeOffset.UnixEpoch }, stored);
        Assert.Equal(["add s1: Up good"], _storage.Operations);
    }

    [Fact]
    public async Task AddFeedback_SeveralHooks_RunInTheOrderOfRegistration()
    {
        await using var session = Create(Named("first"), Named("second"));

        await session.AddFeedbackAsync(Good, Token);

        Assert.Equal(["first in", "second in", "second out", "first out"], _log);
    }

    [Fact]
    public async Task AddFeedback_Vetoed_StoresNothingAndReturnsNull()
    {
        await using var session = Create((_, _) => default);

        Assert.Null(await session.AddFeedbackAsync(Good, Token));
        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task AddFeedback_HookChangesIt_TheChangedOneIsStored()
    {
        await using var session = Create((context, next) => next(context with { Feedback = context.Feedback with { Comment = "***" } }));

        var stored = await session.AddFeedbackAsync(Good, Token);

        Assert.Equal("***", stored!.Comment);
        Assert.Equal(["add s1: Up ***"], _storage.Operations);
    }

    [Fact]
    public async Task AddFeedback_HookActsAfterNext_FeedbackIsStoredByThen()
    {
        var storedCount = 0;
        await using var session = Create(async (context, next) =>
        {
            var result = await next(context);
            storedCount = _storage.Operations.Count;
            return result;
        });

        await session.AddFeedbackAsync(Good, Token);

        Assert.Equal(1, storedCount);
    }

    [Fact]
    public async Task AddFeedback_NextTwiceOrWithAnotherSession_ThrowsAndStoresOnce()
    {
        await using var other = Create();
        await using var twice = Create(async (context, next) =>
        {
            await next(context);
            return await next(context);
        });
        await using var moved = Create((context, next) => next(context with { Session = other }));

        await Assert.ThrowsAsync<InvalidOperationException>(() => twice.AddFeedbackAsync(Good, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => moved.AddFeedbackAsync(Good, Token));

        Assert.Single(_storage.Operations);
    }

    [Fact]
    public async Task AddFeedback_BadArguments_CallNoHook()
    {
        var session = Create(Named("hook"));

        await Assert.ThrowsAsync<ArgumentNullException>(() => session.AddFeedbackAsync(null!, Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.AddFeedbackAsync(Good, new CancellationToken(canceled: true)));
        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.AddFeedbackAsync(Good, Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.GetFeedbacksAsync(Token));

        Assert.Empty(_log);
    }

    [Fact]
    public async Task GetFeedbacks_Hook_IsNotCalled()
    {
        await using var session = Create(Named("hook"));

        Assert.Empty(await session.GetFeedbacksAsync(Token));

        Assert.Empty(_log);
    }

    private Func<FeedbackHookContext, FeedbackHookNext, ValueTask<Feedback?>> Named(string name) => async (context, next) =>
    {
        _log.Add($"{name} in");
        var result = await next(context);
        _log.Add($"{name} out");
        return result;
    };

    private ISessionManager Create(params Func<FeedbackHookContext, FeedbackHookNext, ValueTask<Feedback?>>[] hooks)
    {
        var services = new ServiceCollection();
        var builder = services.AddFakeSessionManager(_storage);
        foreach (var hook in hooks)
        {
            builder.AddFeedbackHook(hook);
        }

        return services.BuildStrictly().CreateSession();
    }
}
