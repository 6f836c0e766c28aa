using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SessionManager;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Titles;

namespace Microsoft.Extensions.DependencyInjection;

public static partial class SessionManagerBuilderExtensions
{
    /// <summary>
    /// Gives sessions without a title one after the end of a run, in the background, by the <see cref="IChatClient"/> of the container.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="configure">Sets the options, or null for the defaults.</param>
    /// <returns>The builder.</returns>
    /// <inheritdoc cref="AddSessionTitles{TBuilder}(TBuilder, Func{IServiceProvider, IChatClient}, Action{SessionTitleOptions})" path="/remarks"/>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> is null.</exception>
    public static TBuilder AddSessionTitles<TBuilder>(this TBuilder builder, Action<SessionTitleOptions>? configure = null)
        where TBuilder : ISessionManagerBuilder =>
        AddSessionTitles(builder, static provider => provider.GetRequiredService<IChatClient>(), configure);

    /// <summary>
    /// Gives sessions without a title one after the end of a run, in the background, by a chat client.
    /// </summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="getClient">Gets the chat client, from a scope of its own for each attempt. The container disposes what it has made.</param>
    /// <param name="configure">Sets the options, or null for the defaults.</param>
    /// <returns>The builder.</returns>
    /// <remarks>
    /// <para>
    /// The client is sent the first exchange of the session, without a <see cref="ChatOptions.ConversationId"/>, so that nothing of it becomes a session.
    /// One write sets the title, unless the session has one by then, or was deleted, or the history was redacted or changed. It never takes
    /// the place of a person's.
    /// </para>
    /// <para>
    /// Titles are made while the host runs. Nothing fails because of them; what is lost with a process, or cannot be made, is tried again after the next run
    /// of the session. The first turn of an agent that interleaves ends without a write, and its session gets a title after the second. Adding them again adds options; the first client stays.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static TBuilder AddSessionTitles<TBuilder>(
        this TBuilder builder,
        Func<IServiceProvider, IChatClient> getClient,
        Action<SessionTitleOptions>? configure = null)
        where TBuilder : ISessionManagerBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(getClient);
        var services = builder.Services;
        var (key, name) = (builder.ServiceKey, builder.Name);
        var options = services.AddOptionsWithValidateOnStart<SessionTitleOptions, SessionTitleOptionsValidator>(name);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        if (services.Any(service => service.ServiceType == typeof(TitleQueue) && Equals(service.ServiceKey, key)))
        {
            return builder;
        }

        services.TryAddKeyedSingleton(key, (provider, _) => new TitleQueue(GetOptions<SessionTitleOptions>(provider, name), provider.GetSessionManagerLogger()));
        services.AddSingleton<IHostedService>(provider => new TitleService(key, name, getClient, provider));
        return builder;
    }
}
