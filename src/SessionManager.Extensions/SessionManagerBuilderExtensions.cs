using System.Text.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SessionManager;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds hooks, observers, decorators and a health check to a registration of the session manager.
/// </summary>
/// <remarks>
/// <para>
/// Hooks run in the order of their registration, the first outermost. An <see cref="IMetadataHook"/> or
/// <see cref="IFeedbackHook"/> that is put straight into the services is one like any other.
/// </para>
/// <para>
/// A registration with a service key has the hooks of that key only, and one without a key those without a key.
/// </para>
/// <para>
/// Hooks are resolved from the scope that the <see cref="ISessionManagerFactory"/> was injected from. One that was
/// injected into a singleton gives each session manager a scope of its own, which ends when that is disposed.
/// </para>
/// </remarks>
public static partial class SessionManagerBuilderExtensions
{
    /// <summary>
    /// Adds a hook around the operations on metadata. Adding the same type again changes nothing.
    /// </summary>
    /// <typeparam name="THook">The type of the hook.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="lifetime">
    /// The lifetime of the hook. The default is <see cref="ServiceLifetime.Scoped"/>, by which it may use services of any
    /// lifetime; a singleton must be thread-safe.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static ISessionManagerBuilder AddMetadataHook<THook>(this ISessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where THook : class, IMetadataHook =>
        TryAddHook(builder, typeof(IMetadataHook), typeof(THook), lifetime);

    /// <summary>
    /// Adds a hook around the operations on metadata, made by a callback.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="factory">Makes the hook, which the container disposes.</param>
    /// <param name="lifetime">The lifetime of the hook.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddMetadataHook<TBuilder>(
        this TBuilder builder,
        Func<IServiceProvider, IMetadataHook> factory,
        ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(factory);
        return AddHook(builder, typeof(IMetadataHook), factory, lifetime);
    }

    /// <summary>
    /// Adds a hook around the operations on metadata.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="hook">The hook. It must be thread-safe, and the caller disposes it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddMetadataHook<TBuilder>(this TBuilder builder, IMetadataHook hook)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(hook);
        builder.Services.AddKeyedSingleton(builder.ServiceKey, hook);
        return builder;
    }

    /// <summary>
    /// Adds a hook around the operations on metadata.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="hook">What the hook does; see <see cref="IMetadataHook.InvokeAsync"/>. It must be thread-safe.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddMetadataHook<TBuilder>(
        this TBuilder builder,
        Func<MetadataHookContext, MetadataHookNext, ValueTask<MetadataHookResult>> hook)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(hook);
        return builder.AddMetadataHook(new DelegateMetadataHook(hook));
    }

    /// <summary>
    /// Adds a hook around the addition of feedback. Adding the same type again changes nothing.
    /// </summary>
    /// <typeparam name="THook">The type of the hook.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="lifetime">
    /// The lifetime of the hook. The default is <see cref="ServiceLifetime.Scoped"/>, by which it may use services of any
    /// lifetime; a singleton must be thread-safe.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static ISessionManagerBuilder AddFeedbackHook<THook>(this ISessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where THook : class, IFeedbackHook =>
        TryAddHook(builder, typeof(IFeedbackHook), typeof(THook), lifetime);

    /// <summary>
    /// Adds a hook around the addition of feedback, made by a callback.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="factory">Makes the hook, which the container disposes.</param>
    /// <param name="lifetime">The lifetime of the hook.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddFeedbackHook<TBuilder>(
        this TBuilder builder,
        Func<IServiceProvider, IFeedbackHook> factory,
        ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(factory);
        return AddHook(builder, typeof(IFeedbackHook), factory, lifetime);
    }

    /// <summary>
    /// Adds a hook around the addition of feedback.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="hook">The hook. It must be thread-safe, and the caller disposes it.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddFeedbackHook<TBuilder>(this TBuilder builder, IFeedbackHook hook)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(hook);
        builder.Services.AddKeyedSingleton(builder.ServiceKey, hook);
        return builder;
    }

    /// <summary>
    /// Adds a hook around the addition of feedback.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="hook">What the hook does; see <see cref="IFeedbackHook.InvokeAsync"/>. It must be thread-safe.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddFeedbackHook<TBuilder>(
        this TBuilder builder,
        Func<FeedbackHookContext, FeedbackHookNext, ValueTask<Feedback?>> hook)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(hook);
        return builder.AddFeedbackHook(new DelegateFeedbackHook(hook));
    }

    private static TBuilder TryAddHook<TBuilder>(TBuilder builder, Type serviceType, Type hookType, ServiceLifetime lifetime)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(new ServiceDescriptor(serviceType, builder.ServiceKey, hookType, lifetime));
        return builder;
    }

    private static void AddObserver<TObserver>(ISessionManagerBuilder builder, string? observerKey)
        where TObserver : class, IOperationObserver<MetadataHookContext, MetadataHookResult>, IOperationObserver<FeedbackHookContext, Feedback?>
    {
        builder.Services.AddKeyedSingleton<IOperationObserver<MetadataHookContext, MetadataHookResult>>(
            builder.ServiceKey, (provider, _) => provider.GetRequiredKeyedService<TObserver>(observerKey));
        builder.Services.AddKeyedSingleton<IOperationObserver<FeedbackHookContext, Feedback?>>(
            builder.ServiceKey, (provider, _) => provider.GetRequiredKeyedService<TObserver>(observerKey));
    }

    private static TBuilder AddHook<TBuilder>(TBuilder builder, Type serviceType, Func<IServiceProvider, object> factory, ServiceLifetime lifetime)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Add(new ServiceDescriptor(serviceType, builder.ServiceKey, (provider, _) => factory(provider), lifetime));
        return builder;
    }

    /// <summary>
    /// Adds a log of every operation on metadata and every addition of feedback, at level Information: what was done, to
    /// which session and fields, how long it took, and whether it was done, vetoed or failed. Values and comments are
    /// never logged.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// The category is <c>SessionManager</c>, and the event ids are 60 to 63. It is no hook: it tells what became of the
    /// operation in the end, whichever hook changed, vetoed or refused it, and wherever among them it is added. Adding it
    /// again changes nothing.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TBuilder AddAuditLogging<TBuilder>(this TBuilder builder)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(AuditObserver) && Equals(service.ServiceKey, builder.ServiceKey)))
        {
            return builder;
        }

        builder.Services.AddKeyedSingleton(builder.ServiceKey, static (provider, _) => new AuditObserver(provider.GetSessionManagerLogger()));
        AddObserver<AuditObserver>(builder, builder.ServiceKey);
        return builder;
    }

    // A method whose type argument is written out cannot have the type of the builder inferred, and turns a
    // MongoSessionManagerBuilder into an ISessionManagerBuilder, which has no ConfigureClient. So those are here once more.

    /// <inheritdoc cref="AddMetadataHook{THook}(ISessionManagerBuilder, ServiceLifetime)"/>
    public static MongoSessionManagerBuilder AddMetadataHook<THook>(this MongoSessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where THook : class, IMetadataHook =>
        TryAddHook(builder, typeof(IMetadataHook), typeof(THook), lifetime);

    /// <inheritdoc cref="AddFeedbackHook{THook}(ISessionManagerBuilder, ServiceLifetime)"/>
    public static MongoSessionManagerBuilder AddFeedbackHook<THook>(this MongoSessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Scoped)
        where THook : class, IFeedbackHook =>
        TryAddHook(builder, typeof(IFeedbackHook), typeof(THook), lifetime);

    /// <inheritdoc cref="AddMetadataValidation{T}(ISessionManagerBuilder, bool, JsonSerializerOptions?)"/>
    public static MongoSessionManagerBuilder AddMetadataValidation<T>(
        this MongoSessionManagerBuilder builder,
        bool allowOtherFields = true,
        JsonSerializerOptions? serializerOptions = null)
        where T : class =>
        AddTypeValidation(builder, typeof(T), allowOtherFields, serializerOptions);

    /// <inheritdoc cref="AddEventDelivery{TSink}(ISessionManagerBuilder, Action{SessionEventDeliveryOptions}?)"/>
    public static MongoSessionManagerBuilder AddEventDelivery<TSink>(
        this MongoSessionManagerBuilder builder,
        Action<SessionEventDeliveryOptions>? configure = null)
        where TSink : class, ISessionEventSink =>
        AddDelivery<MongoSessionManagerBuilder, TSink>(builder, configure);

    /// <summary>
    /// Puts a storage around the one that is registered, such as one that encrypts or caches. The last one added is outermost.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="decorate">
    /// Makes the storage around another one, once for each place; see <see cref="DelegatingSessionStorage"/>.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">No storage is registered under the key of the builder.</exception>
    public static TBuilder DecorateStorage<TBuilder>(this TBuilder builder, Func<SessionStorage, SessionStorage> decorate)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(decorate);

        DecoratedStorageProvider.Add(builder.Services, builder.ServiceKey, decorate);
        return builder;
    }
}
