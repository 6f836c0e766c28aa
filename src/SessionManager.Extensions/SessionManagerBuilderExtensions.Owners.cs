using Microsoft.Extensions.DependencyInjection.Extensions;
using SessionManager;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
    /// <summary>
    /// Gives every session an owner: the one that a provider names. Another provider takes the place of one that was added before.
    /// </summary>
    /// <typeparam name="TProvider">The type of the provider.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="lifetime">
    /// The lifetime of the provider. The default is <see cref="ServiceLifetime.Singleton"/>, since pipelines and agents are singletons: the
    /// provider finds the request by itself, such as by <c>IHttpContextAccessor</c>, and is thread-safe. A scoped one serves factories that are
    /// injected into scoped services only.
    /// </param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// From then on a session id means the session of that owner: in session managers, pipelines, Agent Framework and lists. Where the provider
    /// names none, no session is made: see <see cref="SessionOwnerRequiredException"/>. Sessions that were stored without an owner are reached by
    /// <see cref="ISessionManagerFactory.ForOwner"/> with <see cref="SessionOwner.None"/>.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static ISessionManagerBuilder AddSessionOwner<TProvider>(this ISessionManagerBuilder builder, ServiceLifetime lifetime = ServiceLifetime.Singleton)
        where TProvider : class, ISessionOwnerProvider
    {
        ArgumentNullException.ThrowIfNull(builder);
        return SetOwner(builder, new ServiceDescriptor(typeof(ISessionOwnerProvider), builder.ServiceKey, typeof(TProvider), lifetime));
    }

    /// <summary>
    /// Gives every session an owner: the one that a callback names. Another provider takes the place of one that was added before.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="getOwner">
    /// Names the owner, as <see cref="ISessionOwnerProvider.GetOwner"/> does, with the services of the container. Called from several threads at once.
    /// </param>
    /// <returns>The builder.</returns>
    /// <remarks>As <see cref="AddSessionOwner{TProvider}(ISessionManagerBuilder, ServiceLifetime)"/> does.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddSessionOwner<TBuilder>(this TBuilder builder, Func<IServiceProvider, SessionOwner?> getOwner)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(getOwner);
        return SetOwner(builder, new ServiceDescriptor(
            typeof(ISessionOwnerProvider), builder.ServiceKey, (services, _) => new DelegateOwnerProvider(services, getOwner), ServiceLifetime.Singleton));
    }

    // Two would be two answers to whose it is.
    private static TBuilder SetOwner<TBuilder>(TBuilder builder, ServiceDescriptor provider)
        where TBuilder : ISessionManagerBuilder
    {
        builder.Services.RemoveAllKeyed<ISessionOwnerProvider>(builder.ServiceKey);
        builder.Services.Add(provider);
        return builder;
    }

    private sealed class DelegateOwnerProvider(IServiceProvider services, Func<IServiceProvider, SessionOwner?> getOwner) : ISessionOwnerProvider
    {
        /// <inheritdoc/>
        public SessionOwner? GetOwner() => getOwner(services);
    }
}
