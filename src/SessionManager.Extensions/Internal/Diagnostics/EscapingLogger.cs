using Microsoft.Extensions.Logging;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Diagnostics;

/// <summary>
/// Escapes what would forge lines of a log: ids are the application's or its users', and may have any characters.
/// </summary>
internal sealed class EscapingLogger(ILogger inner) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values || values.All(IsSafe))
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return;
        }

        var text = LogText.Escape(formatter(state, exception));
        KeyValuePair<string, object?>[] escaped = [.. values.Select(Escape)];
        inner.Log(logLevel, eventId, escaped, exception, (_, _) => text);
    }

    private static bool IsSafe(KeyValuePair<string, object?> argument) => argument.Value is not string text || LogText.IsSafe(text);

    private static KeyValuePair<string, object?> Escape(KeyValuePair<string, object?> argument) =>
        argument.Value is string text ? new(argument.Key, LogText.Escape(text)) : argument;
}
