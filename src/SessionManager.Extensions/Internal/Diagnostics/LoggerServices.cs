using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SessionManager.Internal.Diagnostics;

/// <summary>
/// Gets the logger that the whole library uses, in containers with and without logging.
/// </summary>
internal static class LoggerServices
{
    public static ILogger GetSessionManagerLogger(this IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>() is { } factory ? factory.CreateSessionManagerLogger() : NullLogger.Instance;

    public static ILogger CreateSessionManagerLogger(this ILoggerFactory factory) => new EscapingLogger(factory.CreateLogger(Log.Category));
}
