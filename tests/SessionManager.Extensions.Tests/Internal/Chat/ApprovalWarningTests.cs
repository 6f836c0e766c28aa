using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

public sealed class ApprovalWarningTests
{
    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(true, true, 1)]
    [InlineData(false, false, 0)]
    [InlineData(false, true, 0)]
    public async Task Case18_ToolThatNeedsApproval_IsWarnedOfOnceInsideOnly(bool isInside, bool isStreaming, int expected)
    {
        var logs = new FakeLogCollector();
        await using var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(new FakeLoggerProvider(logs)))
            .AddInMemorySessionManager().Services
            .BuildServiceProvider();
        using var client = new ScriptedModel(_ => new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 1)))).Build(services, isInside);

        foreach (var sessionId in (string[])["one", "two"])
        {
            var options = ScriptedPipeline.For(sessionId, new ApprovalRequiredAIFunction(ScriptedPipeline.Tool("refund")));
            await client.AskAsync(isStreaming, "Refund it.", options, TestContext.Current.CancellationToken);
        }

        Assert.Equal(expected, logs.GetSnapshot().Count(record => record.Id.Name == "ApprovalNotGuarded"));
    }
}
