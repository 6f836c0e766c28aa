using SessionManager;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Hooks;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
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
}
