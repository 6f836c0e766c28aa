using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionManager.Internal.Hooks;

public sealed class HookLifetimeTests
{
    private static readonly Dictionary<string, object?> Update = new() { ["a"] = 1 };

    private readonly FakeSessionStorage _storage = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<ServiceLifetime, ServiceLifetime> Lifetimes => new MatrixTheoryData<ServiceLifetime, ServiceLifetime>(
        Enum.GetValues<ServiceLifetime>(), Enum.GetValues<ServiceLifetime>());

    [Theory]
    [MemberData(nameof(Lifetimes))]
    public async Task Hook_AnyLifetimeInAConsumerOfAnyLifetime_Runs(ServiceLifetime consumer, ServiceLifetime hook)
    {
        var builder = new ServiceCollection().AddFakeSessionManager(_storage).AddMetadataHook<CountingHook>(hook);
        builder.Services.AddSingleton<Calls>();
        builder.Services.Add(new ServiceDescriptor(typeof(Consumer), typeof(Consumer), consumer));
        await using var provider = builder.Services.BuildStrictly();
        await using var scope = provider.CreateAsyncScope();

        await scope.ServiceProvider.GetRequiredService<Consumer>().UpdateAsync(Token);
        if (consumer != ServiceLifetime.Scoped)
        {
            await provider.GetRequiredService<Consumer>().UpdateAsync(Token);
        }

        Assert.Equal(consumer == ServiceLifetime.Scoped ? 1 : 2, provider.GetRequiredService<Calls>().Count);
    }

    [Fact]
    public async Task Hook_ScopedInARequest_SharesTheServicesOfTheRequest()
    {
        var builder = new ServiceCollection().AddFakeSessionManager(_storage).AddMetadataHook<RequestHook>();
        builder.Services.AddScoped<Request>();
        await using var provider = builder.Services.BuildStrictly();
        await using var scope = provider.CreateAsyncScope();
        var request = scope.ServiceProvider.GetRequiredService<Request>();

        await using (var session = scope.ServiceProvider.CreateSession())
        {
            await session.UpdateMetadataAsync(Update, Token);
        }

        await using (var session = scope.ServiceProvider.CreateSession("s2"))
        {
            await session.UpdateMetadataAsync(Update, Token);
        }

        Assert.Equal(["s1", "s2"], request.Seen);
        Assert.False(request.IsDisposed);
    }

    [Fact]
    public async Task Hook_ScopedInASingleton_HasAScopeForEachManagerThatEndsWithIt()
    {
        var requests = new List<Request>();
        var builder = new ServiceCollection().AddFakeSessionManager(_storage).AddMetadataHook<RequestHook>();
        builder.Services.AddScoped(_ =>
        {
            var request = new Request();
            requests.Add(request);
            return request;
        });
        await using var provider = builder.Services.BuildStrictly();
        var factory = provider.GetRequiredService<ISessionManagerFactory>();

        var first = factory.Create("s1");
        var second = factory.Create("s2");
        Assert.Empty(requests);
        await first.UpdateMetadataAsync(Update, Token);
        await first.UpdateMetadataAsync(Update, Token);
        await second.UpdateMetadataAsync(Update, Token);
        await first.DisposeAsync();
        await first.DisposeAsync();

        Assert.Equal([["s1", "s1"], ["s2"]], requests.Select(request => request.Seen));
        Assert.Equal([true, false], requests.Select(request => request.IsDisposed));
        await second.DisposeAsync();
        Assert.True(requests[1].IsDisposed);
    }

    [Fact]
    public async Task Hook_FirstOperationsAtOnce_AreResolvedOnce()
    {
        var created = 0;
        var builder = new ServiceCollection().AddFakeSessionManager(_storage).AddMetadataHook(_ =>
        {
            Interlocked.Increment(ref created);
            return new CountingHook(new Calls());
        });
        await using var provider = builder.Services.BuildStrictly();
        await using var session = provider.CreateSession();

        await Task.WhenAll(Enumerable.Range(0, 32).Select(async _ =>
        {
            await Task.Yield();
            await session.UpdateMetadataAsync(Update, Token);
        }));

        Assert.Equal(1, created);
    }

    [Fact]
    public async Task Hooks_FromBuilderAndContainer_AllRunInTheirOrder()
    {
        var order = new List<string>();
        var services = new ServiceCollection();
        services.AddSingleton<IMetadataHook>(Named("container first"));
        var builder = services.AddFakeSessionManager(_storage)
            .AddMetadataHook((context, next) => Named("delegate").InvokeAsync(context, next))
            .AddMetadataHook(Named("instance"))
            .AddMetadataHook(_ => Named("factory"), ServiceLifetime.Transient);
        services.AddScoped<IMetadataHook>(_ => Named("container last"));
        await using var provider = services.BuildStrictly();
        await using var session = provider.CreateSession();

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Equal(["container first", "delegate", "instance", "factory", "container last"], order);
        Assert.Same(services, builder.Services);

        DelegateMetadataHook Named(string name) => new((context, next) =>
        {
            order.Add(name);
            return next(context);
        });
    }

    [Fact]
    public async Task Hooks_KeyedRegistration_BelongToTheirKeyOnly()
    {
        var seen = new List<string>();
        var services = new ServiceCollection();
        services.AddFakeSessionManager(_storage).AddFeedbackHook(Named("unkeyed"));
        services.AddFakeSessionManager(_storage, "eu").AddFeedbackHook(Named("eu"));
        services.AddFakeSessionManager(_storage, "us");
        await using var provider = services.BuildStrictly();

        await provider.CreateSession().AddFeedbackAsync(new Feedback(), Token);
        await provider.GetRequiredKeyedService<ISessionManagerFactory>("eu").Create("s1").AddFeedbackAsync(new Feedback(), Token);
        await provider.GetRequiredKeyedService<ISessionManagerFactory>("us").Create("s1").AddFeedbackAsync(new Feedback(), Token);

        Assert.Equal(["unkeyed", "eu"], seen);
        Assert.Equal(3, _storage.Operations.Count);

        DelegateFeedbackHook Named(string name) => new((context, next) =>
        {
            seen.Add(name);
            return next(context);
        });
    }

    [Fact]
    public async Task AddHook_SameTypeTwice_RunsOnce()
    {
        var builder = new ServiceCollection().AddFakeSessionManager(_storage)
            .AddMetadataHook<CountingHook>().AddMetadataHook<CountingHook>()
            .AddFeedbackHook<CountingHook>().AddFeedbackHook<CountingHook>();
        builder.Services.AddSingleton<Calls>();
        await using var provider = builder.Services.BuildStrictly();
        await using var session = provider.CreateSession();

        await session.UpdateMetadataAsync(Update, Token);
        await session.AddFeedbackAsync(new Feedback(), Token);

        Assert.Equal(2, provider.GetRequiredService<Calls>().Count);
    }

    [Fact]
    public async Task Hook_UsesTheFactoryItself_Works()
    {
        var builder = new ServiceCollection().AddFakeSessionManager(_storage).AddFeedbackHook<CopyingHook>();
        await using var provider = builder.Services.BuildStrictly();
        await using var session = provider.CreateSession();

        await session.AddFeedbackAsync(new Feedback { Comment = "c" }, Token);

        Assert.Equal(["add s1-copy:  c", "add s1:  c"], _storage.Operations);
    }

    [Fact]
    public void AddHook_Null_Throws()
    {
        var builder = new ServiceCollection().AddFakeSessionManager(_storage);

        Assert.Throws<ArgumentNullException>(() => builder.AddMetadataHook((IMetadataHook)null!));
        Assert.Throws<ArgumentNullException>(() => builder.AddMetadataHook((Func<IServiceProvider, IMetadataHook>)null!));
        Assert.Throws<ArgumentNullException>(() => builder.AddFeedbackHook((IFeedbackHook)null!));
        Assert.Throws<ArgumentNullException>(() => builder.AddFeedbackHook((Func<IServiceProvider, IFeedbackHook>)null!));
        Assert.Throws<ArgumentNullException>(() => ((ISessionManagerBuilder)null!).AddMetadataHook<CountingHook>());
        Assert.Throws<ArgumentNullException>(() => ((ISessionManagerBuilder)null!).AddFeedbackHook<CountingHook>());
    }

    private sealed class Calls
    {
        private int _count;

        public int Count => _count;

        public void Add() => Interlocked.Increment(ref _count);
    }

    private sealed class CountingHook(Calls calls) : IMetadataHook, IFeedbackHook
    {
        public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
        {
            calls.Add();
            return next(context);
        }

        public ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next)
        {
            calls.Add();
            return next(context);
        }
    }

    private sealed class Request : IDisposable
    {
        public List<string> Seen { get; } = [];

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class RequestHook(Request request) : IMetadataHook
    {
        public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
        {
            request.Seen.Add(context.SessionId);
            return next(context);
        }
    }

    private sealed class CopyingHook(ISessionManagerFactory factory) : IFeedbackHook
    {
        public async ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next)
        {
            if (context.SessionId == "s1")
            {
                await using var copy = factory.Create("s1-copy");
                await copy.AddFeedbackAsync(context.Feedback, context.CancellationToken);
            }

            return await next(context);
        }
    }

    private sealed class Consumer(ISessionManagerFactory factory) : IHostedService
    {
        public async Task UpdateAsync(CancellationToken cancellationToken)
        {
            await using var session = factory.Create("s1");
            await session.UpdateMetadataAsync(Update, cancellationToken);
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
