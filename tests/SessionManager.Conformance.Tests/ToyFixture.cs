using Microsoft.Extensions.DependencyInjection;
using SessionManager.Conformance.Toy;

namespace SessionManager.Conformance;

public sealed class ToyFixture : ConformanceFixture
{
    public override Task<ConformanceHost> CreateHostAsync(ConformanceOptions options)
    {
        var toy = new ToyOptions(options.ApplicationName, options.SessionTtl, options.EraseRedactedMessages);
        var builder = new ServiceCollection().AddSingleton(options.Clock).AddSessionManager(_ => new ToyStorageProvider(toy, options.Clock));
        return Task.FromResult(builder.BuildHost(options));
    }
}
