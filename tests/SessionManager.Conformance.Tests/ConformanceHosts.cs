using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Conformance;

internal static class ConformanceHosts
{
    /// <summary>
    /// Adds the hooks that a test asks for, and builds the container.
    /// </summary>
    public static ConformanceHost BuildHost(this ISessionManagerBuilder builder, ConformanceOptions options)
    {
        foreach (var hook in options.MetadataHooks)
        {
            builder.AddMetadataHook(hook);
        }

        foreach (var hook in options.FeedbackHooks)
        {
            builder.AddFeedbackHook(hook);
        }

        var provider = builder.Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        return new ConformanceHost(
            provider.GetRequiredService<ISessionManagerFactory>(),
            provider.GetRequiredService<SessionStorageProvider>().DefaultStorage,
            provider);
    }
}
