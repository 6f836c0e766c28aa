using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SessionManager;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Events;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
    private const string WebhookName = "webhook";

    /// <summary>
    /// Adds the delivery of stored changes of metadata and feedback to a sink, in the background.
    /// </summary>
    /// <typeparam name="TSink">
    /// The type of the sink. It is added as a scoped service where it is not in the services yet, and resolved in a scope of
    /// its own for each attempt.
    /// </typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="configure">Sets the options, or null for the defaults.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// <para>
    /// An operation never fails because of the delivery. Events are delivered while the host runs, and what is queued when
    /// it stops is delivered as far as its shutdown timeout lets it. Nothing survives the process.
    /// </para>
    /// <para>
    /// What is delivered is what was stored, wherever among the hooks this stands. Adding the same sink again adds its
    /// options to what is there. The meter <c>SessionManager</c> counts events delivered, failed, dropped, retried and queued.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static ISessionManagerBuilder AddEventDelivery<TSink>(this ISessionManagerBuilder builder, Action<SessionEventDeliveryOptions>? configure = null)
        where TSink : class, ISessionEventSink =>
        AddDelivery<ISessionManagerBuilder, TSink>(builder, configure);

    /// <summary>
    /// Adds the delivery of stored changes of metadata and feedback to an HTTP endpoint, in the background.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="configure">Sets address, secret and headers.</param>
    /// <param name="configureDelivery">Sets the options of the delivery, or null for the defaults.</param>
    /// <param name="name">
    /// The name of the webhook, for logs and metrics, by which a registration can have several. Calls with the same name
    /// configure the same webhook.
    /// </param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// <para>
    /// Each event is posted as JSON with the properties <c>id</c>, <c>event</c> (<c>metadata_updated</c>,
    /// <c>metadata_deleted</c> or <c>feedback_added</c>), <c>session_id</c> and <c>timestamp</c>, and, where it has them,
    /// <c>metadata</c>, <c>deleted_keys</c> and <c>feedback</c>. The headers <c>X-SessionManager-Event</c>,
    /// <c>X-SessionManager-Delivery</c> (the id) and <c>X-SessionManager-Timestamp</c> (Unix seconds of the attempt) come with it, and
    /// with a secret <c>X-SessionManager-Signature</c>: <c>sha256=</c> and the HMAC-SHA256, in hexadecimal, of the timestamp, a dot
    /// and the body.
    /// </para>
    /// <para>
    /// Any 2xx answer means that the event was taken. It is sent again after a network error, a timeout, 408, 429 and 5xx,
    /// where <c>Retry-After</c> is heeded; any other answer gives it up.
    /// </para>
    /// <para>
    /// The HTTP client is that of <see cref="IHttpClientFactory"/> named <c>SessionManager.webhook</c>, or what the name is, with
    /// the service key after a colon. It logs nothing by itself.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException">An argument is null, or the name is blank.</exception>
    public static TBuilder AddWebhook<TBuilder>(
        this TBuilder builder,
        Action<WebhookOptions> configure,
        Action<SessionEventDeliveryOptions>? configureDelivery = null,
        string name = WebhookName)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);

        var services = builder.Services;
        var deliveryName = GetDeliveryName(builder, name);
        var clientName = $"{Log.Category}.{deliveryName}";
        services.AddOptionsWithValidateOnStart<WebhookOptions, WebhookOptionsValidator>(deliveryName).Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsCustomValidator>());

        // The address may hold a secret, and what the client logs of requests tells it. A redirection would lose the body.
        services
            .AddHttpClient(clientName, (provider, client) => client.Timeout = GetOptions<WebhookOptions>(provider, deliveryName).Timeout)
            .UseSocketsHttpHandler(static (handler, _) => handler.AllowAutoRedirect = false)
            .RemoveAllLoggers();
        return AddDelivery(
            builder,
            deliveryName,
            provider => new WebhookSink(
                provider.GetRequiredService<IHttpClientFactory>().CreateClient(clientName),
                GetOptions<WebhookOptions>(provider, deliveryName),
                provider.GetRequiredService<TimeProvider>()),
            configureDelivery);
    }

    private static TBuilder AddDelivery<TBuilder, TSink>(TBuilder builder, Action<SessionEventDeliveryOptions>? configure)
        where TBuilder : ISessionManagerBuilder
        where TSink : class, ISessionEventSink
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddScoped<TSink>();
        return AddDelivery(builder, GetDeliveryName(builder, typeof(TSink).FullName!), static provider => provider.GetRequiredService<TSink>(), configure);
    }

    private static TBuilder AddDelivery<TBuilder>(
        TBuilder builder,
        string name,
        Func<IServiceProvider, ISessionEventSink> getSink,
        Action<SessionEventDeliveryOptions>? configure)
        where TBuilder : ISessionManagerBuilder
    {
        var services = builder.Services;
        var options = services.AddOptionsWithValidateOnStart<SessionEventDeliveryOptions, SessionEventDeliveryOptionsValidator>(name);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SessionEventDeliveryOptions>, SessionEventDeliveryOptionsCustomValidator>());
        if (configure is not null)
        {
            options.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(EventQueue) && Equals(service.ServiceKey, name)))
        {
            return builder;
        }

        services.TryAddSingleton<EventMetrics>();
        services.AddKeyedSingleton(name, (provider, _) => new EventQueue(
            name,
            GetOptions<SessionEventDeliveryOptions>(provider, name),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<EventMetrics>(),
            provider.GetSessionManagerLogger()));
        services.AddKeyedSingleton(name, (provider, _) => new EventDeliveryObserver(
            provider.GetRequiredKeyedService<EventQueue>(name),
            GetOptions<SessionEventDeliveryOptions>(provider, name),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<EventMetrics>(),
            provider.GetSessionManagerLogger()));
        services.AddSingleton<IHostedService>(provider => new EventDeliveryService(name, getSink, provider));
        AddObserver<EventDeliveryObserver>(builder, name);
        return builder;
    }

    private static string GetDeliveryName(ISessionManagerBuilder builder, string sink) =>
        builder.ServiceKey is null ? sink : $"{sink}:{builder.ServiceKey}";

    private static TOptions GetOptions<TOptions>(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name);
}
