using SessionManager;
using SessionManager.Internal.Sessions;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
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
