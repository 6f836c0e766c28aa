using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Diagnostics;

public sealed class EscapingLoggerTests
{
    // A line, a sequence that colours or clears a terminal, a line to Unicode, and text from right to left.
    private const string Forged = "id\r\n2026-01-01 Error: forged \u001b[2J\u009b31m\u2028\u202e";
    private const string Escaped = @"id\u000D\u000A2026-01-01 Error: forged \u001B[2J\u009B31m\u2028\u202E";

    public static TheoryData<string> Events => [.. Methods.Select(method => method.ToString()!)];

    private static IEnumerable<MethodInfo> Methods => typeof(Log)
        .GetMethods(BindingFlags.Static | BindingFlags.Public)
        .Where(method => method.IsDefined(typeof(LoggerMessageAttribute)));

    [Theory]
    [MemberData(nameof(Events))]
    public void Log_EveryEvent_EscapesEachText(string signature)
    {
        var method = Methods.Single(method => method.ToString() == signature);
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace)).AddFakeLogging().BuildServiceProvider();

        object?[] arguments = [.. method.GetParameters().Skip(1).Select(parameter => Create(parameter.ParameterType))];
        method.Invoke(null, [services.GetSessionManagerLogger(), .. arguments]);

        var record = services.GetFakeLogCollector().LatestRecord;
        Assert.True(LogText.IsSafe(record.Message), record.Message);
        Assert.All(record.StructuredState!, argument => Assert.True(LogText.IsSafe(argument.Value ?? ""), argument.Key));
        Assert.Equal(arguments.Count(argument => argument is string), record.StructuredState!.Count(argument => argument.Value == Escaped));
        Assert.Equal(method.GetCustomAttribute<LoggerMessageAttribute>()!.EventId, record.Id.Id);
    }

    [Fact]
    public void Log_PlainText_StaysTheStateThatItWas()
    {
        var services = new ServiceCollection().AddFakeLogging().BuildServiceProvider();

        services.GetSessionManagerLogger().AgentFieldsIgnored("session-ü", "support", "state");

        Assert.Equal("Agent support in session session-ü is read without these fields, which are damaged: state.", services.GetFakeLogCollector().LatestRecord.Message);
    }

    [Fact]
    public void Message_OfEveryException_EscapesEachText()
    {
        Exception[] exceptions =
        [
            new SessionNotFoundException(Forged),
            new AgentNotFoundException(Forged, Forged),
            new MessageNotFoundException(Forged, Forged, 1),
            new MessageNotFoundException(Forged, Forged, Forged),
            new MessageTooLargeException(Forged, Forged, 2, 1),
            new DamagedMessageException(Forged, Forged, 1, Forged),
            new DamagedSessionException(Forged, Forged, Forged),
        ];

        Assert.All(exceptions, exception => Assert.True(LogText.IsSafe(exception.Message), exception.Message));
        Assert.All(exceptions.Cast<SessionException>(), exception => Assert.Equal(Forged, exception.SessionId));
    }

    private static object? Create(Type type) => type == typeof(string) ? Forged : Nullable.GetUnderlyingType(type) is { } value ? Create(value) : Activator.CreateInstance(type);
}
