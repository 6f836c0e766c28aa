using Microsoft.Extensions.DependencyInjection;
using SessionManager.Conformance;

namespace SessionManager.Internal.Storage.InMemory;

public sealed class InMemoryConformanceFixture : ConformanceFixture
{
    public override Task<ConformanceHost> CreateHostAsync(ConformanceOptions options)
    {
        var services = new ServiceCollection();
        services.AddSingleton(options.Clock);
        services.AddInMemorySessionManager(memory =>
        {
            memory.ApplicationName = options.ApplicationName;
            memory.SessionTtl = options.SessionTtl;
            memory.EraseRedactedMessages = options.EraseRedactedMessages;
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
}
