using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Owners;

public sealed class SessionOwnerRegistrationTests
{
    private static readonly SessionOwner Alice = new() { Tenant = "acme", User = "alice" };
    private static readonly SessionOwner Bob = new() { Tenant = "acme", User = "bob" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddSessionOwner_Provider_NamesTheOwnerOfEverySession()
    {
        var caller = Alice;
        await using var services = Build(services => services.AddInMemorySessionManager().AddSessionOwner(_ => caller));
        var sessions = services.GetRequiredService<ISessionManagerFactory>();
        await sessions.Create("s1").CreateSessionAsync(Cancellation);

        caller = Bob;
        Assert.Equal(Bob, sessions.Owner);
        Assert.False(await sessions.Create("s1").SessionExistsAsync(Cancellation));
        Assert.True(await sessions.ForOwner(Alice).Create("s1").SessionExistsAsync(Cancellation));
        Assert.False(await sessions.ForOwner(SessionOwner.None).Create("s1").SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task AddSessionOwner_NoOwner_RefusesEverySession()
    {
        await using var services = Build(services => services.AddInMemorySessionManager().AddSessionOwner(static _ => null));
        var sessions = services.GetRequiredService<ISessionManagerFactory>();

        Assert.Throws<SessionOwnerRequiredException>(() => sessions.Create("s1"));
        Assert.Throws<SessionOwnerRequiredException>(() => sessions.Owner);
        await Assert.ThrowsAsync<SessionOwnerRequiredException>(() => services.GetRequiredService<SessionCatalog>().ListSessionsAsync(new SessionQuery(), Cancellation));
        Assert.Equal(Alice, sessions.ForOwner(Alice).Create("s1").Owner);
    }

    [Fact]
    public async Task AddSessionOwner_NoneOnPurpose_MakesSessionsThatNobodyOwns()
    {
        await using var services = Build(services => services.AddInMemorySessionManager().AddSessionOwner(static _ => SessionOwner.None));

        Assert.True(await services.GetRequiredService<ISessionManagerFactory>().Create("s1").CreateSessionAsync(Cancellation));
        Assert.NotNull(await services.GetRequiredService<SessionStorageProvider>().DefaultStorage.GetSessionAsync("s1", Cancellation));
    }

    [Fact]
    public async Task SessionCatalog_Provider_ListsTheCallersSessionsUnlessAskedForOthers()
    {
        await using var services = Build(services => services.AddInMemorySessionManager().AddSessionOwner(static _ => Alice));
        var sessions = services.GetRequiredService<ISessionManagerFactory>();
        await sessions.Create("s1").CreateSessionAsync(Cancellation);
        await sessions.ForOwner(Bob).Create("s2").CreateSessionAsync(Cancellation);
        await sessions.ForOwner(SessionOwner.None).Create("s3").CreateSessionAsync(Cancellation);

        Assert.Equal(["s1"], await ListAsync(new SessionQuery()));
        Assert.Equal(["s2"], await ListAsync(new SessionQuery { Owner = Bob }));
        Assert.Equal(["s3"], await ListAsync(new SessionQuery { Owner = SessionOwner.None }));
        Assert.Equal(["s1", "s2", "s3"], (await ListAsync(new SessionQuery { AllOwners = true })).Order());
        var error = await Assert.ThrowsAsync<ArgumentException>(() => ListAsync(new SessionQuery { Owner = Bob, AllOwners = true }));
        Assert.Equal("query.AllOwners", error.ParamName);

        async Task<IEnumerable<string>> ListAsync(SessionQuery query) =>
            (await services.GetRequiredService<SessionCatalog>().ListSessionsAsync(query, Cancellation)).Sessions.Select(session => session.SessionId);
    }

    [Fact]
    public async Task AddSessionOwner_ScopedType_IsAskedInItsScope()
    {
        await using var services = Build(services =>
        {
            services.AddScoped<Caller>();
            services.AddInMemorySessionManager().AddSessionOwner<CallerProvider>(ServiceLifetime.Scoped);
        });
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Caller>().Owner = Bob;

        Assert.Equal(Bob, scope.ServiceProvider.GetRequiredService<ISessionManagerFactory>().Owner);
        await using var other = services.CreateAsyncScope();
        Assert.Throws<SessionOwnerRequiredException>(() => other.ServiceProvider.GetRequiredService<ISessionManagerFactory>().Owner);
    }

    [Fact]
    public void AddSessionOwner_Twice_TheLastOneNames()
    {
        using var services = Build(services => services.AddInMemorySessionManager().AddSessionOwner(static _ => Alice).AddSessionOwner(static _ => Bob));

        Assert.Equal(Bob, services.GetRequiredService<ISessionManagerFactory>().Owner);
        Assert.Single(services.GetServices<ISessionOwnerProvider>());
    }

    [Fact]
    public void AddSessionOwner_KeyedRegistration_IsOfThatKeyOnly()
    {
        using var services = Build(services =>
        {
            services.AddInMemorySessionManager();
            services.AddKeyedInMemorySessionManager("eu").AddSessionOwner(static _ => Alice);
        });

        Assert.Equal(Alice, services.GetRequiredKeyedService<ISessionManagerFactory>("eu").Owner);
        Assert.Equal(SessionOwner.None, services.GetRequiredService<ISessionManagerFactory>().Owner);
    }

    [Fact]
    public async Task Hooks_OwnedSession_SeeTheOwnerAndWriteToHisSession()
    {
        var seen = new List<SessionOwner>();
        await using var services = Build(services => services
            .AddInMemorySessionManager()
            .AddMetadataHook((context, next) =>
            {
                seen.Add(context.Owner);
                return next(context);
            })
            .AddFeedbackHook((context, next) =>
            {
                seen.Add(context.Owner);
                return next(context);
            })
            .AddSessionOwner(static _ => Alice));
        var sessions = services.GetRequiredService<ISessionManagerFactory>();
        var session = sessions.Create("s1");

        await session.CreateSessionAsync(new Dictionary<string, object?> { ["a"] = 1 }, Cancellation);
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["b"] = 2 }, Cancellation);
        await session.IncrementMetadataAsync("c", 3, Cancellation);
        await session.DeleteMetadataAsync(["a"], Cancellation);
        await session.AddFeedbackAsync(new Feedback { Comment = "Quick!" }, Cancellation);

        var metadata = await session.GetMetadataAsync(cancellationToken: Cancellation);
        Assert.Equal(["b", "c"], metadata!.Keys.Order());
        Assert.Single(await session.GetFeedbacksAsync(Cancellation));
        Assert.Equal(6, seen.Count);
        Assert.All(seen, owner => Assert.Equal(Alice, owner));
        Assert.False(await sessions.ForOwner(SessionOwner.None).Create("s1").SessionExistsAsync(Cancellation));
    }

    private static ServiceProvider Build(Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    private sealed class Caller
    {
        public SessionOwner? Owner { get; set; }
    }

    private sealed class CallerProvider(Caller caller) : ISessionOwnerProvider
    {
        public SessionOwner? GetOwner() => caller.Owner;
    }
}
