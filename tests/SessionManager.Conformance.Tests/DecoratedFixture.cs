using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Conformance;

public sealed class DecoratedFixture : ConformanceFixture
{
    public override Task<ConformanceHost> CreateHostAsync(ConformanceOptions options)
    {
        var services = new ServiceCollection().AddSingleton(options.Clock);
        var builder = services.AddInMemorySessionManager(memory =>
        {
            memory.ApplicationName = options.ApplicationName;
            memory.SessionTtl = options.SessionTtl;
            memory.EraseRedactedMessages = options.EraseRedactedMessages;
        });
        return Task.FromResult(builder.DecorateStorage(static inner => new Unchanged(inner)).BuildHost(options));
    }

    private sealed class Unchanged(SessionStorage inner) : DelegatingSessionStorage(inner);
}
