using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Hooks;

public sealed class HookAllocationTests
{
    private const int Count = 1_000;

    private static readonly Dictionary<string, object?> Update = new() { ["a"] = 1 };
    private static readonly string[] Keys = ["a"];
    private static readonly Feedback Good = new() { Rating = FeedbackRating.Up };

    [Fact]
    public async Task Operations_NoHooks_AllocateNothing()
    {
        await using var provider = new ServiceCollection().AddFakeSessionManager(new FakeSessionStorage { Records = false }).Services.BuildStrictly();
        await using var session = provider.CreateSession();

        Assert.Equal(0, Measure(() => Call(session)));
    }

    [Fact]
    public async Task Operations_OneHook_AllocateContextAndNextOnly()
    {
        var builder = new ServiceCollection().AddFakeSessionManager(new FakeSessionStorage { Records = false });
        builder.AddMetadataHook((context, next) => next(context)).AddFeedbackHook((context, next) => next(context));
        await using var provider = builder.Services.BuildStrictly();
        await using var session = provider.CreateSession();

        // Four operations: for each a context, a next and its delegate, and the task that the caller gets. A debug build
        // allocates its state machines besides.
        Assert.InRange(Measure(() => Call(session)) / Count, 1, 4 * 640);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Create_WithAndWithoutHooks_AllocatesLittle(bool hooks)
    {
        var builder = new ServiceCollection().AddFakeSessionManager(new FakeSessionStorage { Records = false });
        if (hooks)
        {
            builder.AddMetadataHook((context, next) => next(context));
        }

        await using var provider = builder.Services.BuildStrictly();
        var factory = provider.GetRequiredService<ISessionManagerFactory>();

        Assert.InRange(Measure(() => factory.Create("s1")) / Count, 1, 512);
    }

    private static void Call(ISessionManager session)
    {
        Assert.True(session.UpdateMetadataAsync(Update).IsCompletedSuccessfully);
        Assert.True(session.GetMetadataAsync(Keys).IsCompletedSuccessfully);
        Assert.True(session.DeleteMetadataAsync(Keys).IsCompletedSuccessfully);
        Assert.True(session.AddFeedbackAsync(Good).IsCompletedSuccessfully);
    }

    // The least of some rounds: what every call allocates is in each of them, what the runtime does beside it once is not.
    private static long Measure(Action action)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Count; i++)
            {
                action();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
