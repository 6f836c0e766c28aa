using Microsoft.Extensions.DependencyInjection;
using SessionManager.Conformance;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// A database for each class of the suite, and a collection in it for each place that a test asks for.
/// </summary>
public sealed class MongoConformanceFixture(MongoServerFixture server) : ConformanceFixture
{
    private readonly string _databaseName = $"sessions_test_{Guid.NewGuid():N}";
    private int _places;

    public override Task<ConformanceHost> CreateHostAsync(ConformanceOptions options)
    {
        var services = new ServiceCollection();
        services.AddSingleton(options.Clock);
        services.AddMongoSessionManager(mongo =>
        {
            mongo.ConnectionString = server.ConnectionString;
            mongo.DatabaseName = _databaseName;
            mongo.CollectionName = $"sessions_{Interlocked.Increment(ref _places)}";
            mongo.ApplicationName = options.ApplicationName;
            mongo.SessionTtl = options.SessionTtl;
            mongo.EraseRedactedMessages = options.EraseRedactedMessages;
        });
        foreach (var hook in options.MetadataHooks)
        {
            services.AddSingleton(hook);
        }

        foreach (var hook in options.FeedbackHooks)
        {
            services.AddSingleton(hook);
        }

        var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        return Task.FromResult(new ConformanceHost(
            provider.GetRequiredService<ISessionManagerFactory>(),
            provider.GetRequiredService<SessionStorageProvider>().DefaultStorage,
            provider));
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await server.Client.DropDatabaseAsync(_databaseName);
    }
}
