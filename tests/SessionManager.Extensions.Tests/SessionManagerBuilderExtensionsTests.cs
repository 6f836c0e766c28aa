using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MongoDB.Driver;

namespace SessionManager;

public sealed class SessionManagerBuilderExtensionsTests
{
    private const string ConnectionString = "mongodb://localhost:1/chat?serverSelectionTimeoutMS=1";

    private static readonly Action<MongoClientSettings> First = settings => settings.ApplicationName = "first";
    private static readonly Action<MongoClientSettings> Second = settings => settings.ApplicationName = "second";

    [Fact]
    public void Extensions_BeforeAndAfterThoseOfMongo_KeepTheBuildersType()
    {
        var services = new ServiceCollection();

        // That each line compiles is most of the test.
        MongoSessionManagerBuilder all = services.AddMongoSessionManager(options => options.ConnectionString = ConnectionString)
            .AddAuditLogging()
            .AddHealthCheck()
            .AddMetadataHook((context, next) => next(context))
            .AddMetadataHook(_ => new Hook())
            .AddMetadataHook(new Hook())
            .AddMetadataHook<Hook>()
            .AddFeedbackHook((context, next) => next(context))
            .AddFeedbackHook(_ => new Hook())
            .AddFeedbackHook(new Hook())
            .AddFeedbackHook<Hook>()
            .AddMetadataValidation(_ => { })
            .AddMetadataValidation<Ticket>()
            .AddFeedbackValidation(_ => { })
            .AddWebhook(_ => { })
            .AddEventDelivery<Sink>()
            .ConfigureClient(First);
        MongoSessionManagerBuilder turned = services.AddKeyedMongoSessionManager("eu", options => options.ConnectionString = ConnectionString)
            .ConfigureClient(First)
            .AddEventDelivery<Sink>()
            .AddMetadataHook<Hook>(ServiceLifetime.Singleton)
            .ConfigureClient(Second)
            .AddHealthCheck()
            .AddAuditLogging();
        using var provider = services.BuildServiceProvider();

        Assert.Equal((null, "eu"), (all.ServiceKey, turned.ServiceKey));
        Assert.Equal([First], GetClientCallbacks(provider, ""));
        Assert.Equal([First, Second], GetClientCallbacks(provider, "eu"));
    }

    [Fact]
    public void Extensions_OfAnyStorage_ReturnTheBuilderItself()
    {
        var builder = new ServiceCollection().AddInMemorySessionManager();

        Assert.Same(builder, builder.AddAuditLogging().AddHealthCheck().AddMetadataHook<Hook>().AddEventDelivery<Sink>().AddMetadataValidation<Ticket>());
    }

    private static Delegate[] GetClientCallbacks(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<MongoSessionManagerOptions>>().Get(name).ConfigureClient!.GetInvocationList();

    private sealed class Hook : IMetadataHook, IFeedbackHook
    {
        public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next) => next(context);

        public ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next) => next(context);
    }

    private sealed class Sink : ISessionEventSink
    {
        public ValueTask DeliverAsync(SessionEvent sessionEvent, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    private sealed record Ticket([property: Range(1, 5)] int Priority);
}
