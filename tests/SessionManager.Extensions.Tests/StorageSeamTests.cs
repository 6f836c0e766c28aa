using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using SessionManager.Internal.Sessions;
using SessionManager.Testing.Providers;

namespace SessionManager;

/// <summary>
/// What is registered as storage, in its place or around it, is what everything uses.
/// </summary>
public sealed class StorageSeamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("eu")]
    public async Task DecorateStorage_EveryRoad_GoesThroughIt(string? serviceKey)
    {
        Decorator? decorator = null;
        var services = new ServiceCollection().AddLogging();
        var builder = serviceKey is null ? services.AddInMemorySessionManager() : services.AddKeyedInMemorySessionManager(serviceKey);
        builder.AddHealthCheck();
        builder.DecorateStorage(inner => decorator = new Decorator(inner));
        await using var provider = services.BuildStrictly();

        await provider.GetRequiredKeyedService<ISessionManagerFactory>(serviceKey).Create("s1").InitializeAsync(new SessionAgent("support"), Cancellation);
        await provider.GetRequiredKeyedService<SessionCatalog>(serviceKey).ListSessionsAsync(new SessionQuery(), Cancellation);
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        await Task.WhenAll(provider.GetServices<IHostedService>().OfType<StoragePreparationService>().Select(async service =>
        {
            await service.StartAsync(Cancellation);
            await service.ExecuteTask!;
        }));

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(["GetOrAddAgent s1", "Catalog", "Ping", "Prepare"], decorator!.Calls);
    }

    [Fact]
    public async Task DecorateStorage_Pipeline_GoesThroughIt()
    {
        Decorator? decorator = null;
        var services = new ServiceCollection().AddLogging();
        services.AddInMemorySessionManager().DecorateStorage(inner => decorator = new Decorator(inner));
        await using var provider = services.BuildStrictly();
        using var client = new ChatClientBuilder(new EchoChatClient()).UseSessionManager("support").Build(provider);

        await client.GetResponseAsync("Hello", new ChatOptions { ConversationId = "s1" }, Cancellation);

        Assert.Equal("GetOrAddAgent s1", Assert.Single(decorator!.Calls));
    }

    [Fact]
    public void DecorateStorage_Twice_TheLastIsOutermost()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddInMemorySessionManager()
            .DecorateStorage(inner => new Decorator(inner) { Label = "inner" })
            .DecorateStorage(inner => new Decorator(inner) { Label = "outer" });
        using var provider = services.BuildStrictly();

        var outer = Assert.IsType<Decorator>(provider.GetRequiredService<SessionStorageProvider>().DefaultStorage);

        Assert.Equal(("outer", "inner"), (outer.Label, Assert.IsType<Decorator>(outer.Decorated).Label));
    }

    [Fact]
    public void DecorateStorage_OtherPlaces_AreDecoratedOnceEach()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddInMemorySessionManager().DecorateStorage(inner => new Decorator(inner));
        using var provider = services.BuildStrictly();
        var storages = provider.GetRequiredService<SessionStorageProvider>();

        var other = storages.GetStorage(new SessionManagerOptions { CollectionName = "other" });

        Assert.IsType<Decorator>(other);
        Assert.NotSame(storages.DefaultStorage, other);
        Assert.Same(other, storages.GetStorage(new SessionManagerOptions { CollectionName = "other" }));
        Assert.Same(storages.DefaultStorage, storages.GetStorage(new SessionManagerOptions()));
    }

    [Fact]
    public void DecorateStorage_RegisteredAgain_Stays()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddMongoSessionManager(options => (options.ConnectionString, options.DatabaseName) = ("mongodb://localhost", "chat"))
            .DecorateStorage(inner => new Decorator(inner));
        services.AddMongoSessionManager();
        using var provider = services.BuildStrictly();

        Assert.IsType<Decorator>(provider.GetRequiredService<SessionStorageProvider>().DefaultStorage);
    }

    [Fact]
    public void Replace_ProviderInTheContainer_IsUsed()
    {
        var storage = new FakeSessionStorage();
        var services = new ServiceCollection().AddLogging();
        services.AddInMemorySessionManager();
        services.Replace(ServiceDescriptor.Singleton<SessionStorageProvider>(new Provider(storage)));
        using var provider = services.BuildStrictly();

        var updating = provider.CreateSession().UpdateMetadataAsync(new Dictionary<string, object?> { ["tier"] = "gold" }, Cancellation);

        Assert.True(updating.IsCompletedSuccessfully);
        Assert.Equal(["update s1: tier=gold"], storage.Operations);
    }

    [Fact]
    public void DecorateStorage_NothingRegistered_SaysSo()
    {
        var services = new ServiceCollection();
        var builder = services.AddInMemorySessionManager();
        services.RemoveAll<SessionStorageProvider>();

        var exception = Assert.Throws<InvalidOperationException>(() => builder.DecorateStorage(static inner => inner));

        Assert.Contains("Register it first", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Catalog_StorageThatCannotList_SaysSo()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddFakeSessionManager(new FakeSessionStorage());
        using var provider = services.BuildStrictly();

        var exception = Assert.Throws<NotSupportedException>(provider.GetRequiredService<SessionCatalog>);

        Assert.Contains(nameof(FakeSessionStorage), exception.Message, StringComparison.Ordinal);
    }

    private sealed class Provider(SessionStorage storage) : SessionStorageProvider
    {
        public override SessionStorage DefaultStorage => storage;

        public override SessionStorage GetStorage(SessionManagerOptions options) => storage;
    }

    private sealed class Decorator(SessionStorage inner) : DelegatingSessionStorage(inner)
    {
        public string? Label { get; init; }

        public SessionStorage Decorated => Inner;

        public List<string> Calls { get; } = [];

        public override SessionCatalog? Catalog
        {
            get
            {
                Calls.Add("Catalog");
                return base.Catalog;
            }
        }

        public override Task PrepareAsync(CancellationToken cancellationToken = default)
        {
            Calls.Add("Prepare");
            return base.PrepareAsync(cancellationToken);
        }

        public override Task PingAsync(CancellationToken cancellationToken = default)
        {
            Calls.Add("Ping");
            return base.PingAsync(cancellationToken);
        }

        protected override Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
            string sessionId, StoredAgent agent, IReadOnlyList<ChatMessage> messages, string? applicationName, int? maxMessages, RunRequest? run, bool mustExist, CancellationToken cancellationToken)
        {
            Calls.Add($"GetOrAddAgent {sessionId}");
            return base.GetOrAddAgentCoreAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken);
        }
    }

    private sealed class EchoChatClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(Answer([.. messages], options));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Answer([.. messages], options).ToChatResponseUpdates().ToAsyncEnumerable();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        private static ChatResponse Answer(ChatMessage[] messages, ChatOptions? options)
        {
            ProviderRules.ThrowIfRefused(messages, options);
            return new ChatResponse(new ChatMessage(ChatRole.Assistant, messages[^1].Text));
        }
    }
}
