using MongoDB.Bson;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// An approval that is clicked in several processes, of which some are killed or stopped: what it is for is done once.
/// </summary>
public sealed class ApprovalProcessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("pipeline")]
    [InlineData("agent")]
    public async Task Case18_ClickedAtOnceInTwoProcesses_RunsTheToolOnce(string wiring)
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        for (var round = 0; round < 25; round++)
        {
            var sessionId = DatabaseFixture.NewSessionId();
            await one.AskAsync($"pay {sessionId} support {wiring}");

            var outcomes = await Task.WhenAll(one.AskAsync($"click {sessionId} support {wiring}"), other.AskAsync($"click {sessionId} support {wiring}"));

            Assert.Equal(1, await CountPaymentsAsync(sessionId));
            Assert.Contains("answered Done.", outcomes);
            Assert.All(outcomes, outcome => Assert.True(outcome is "answered Done." or "refused", outcome));
        }
    }

    [Theory]
    [InlineData("pipeline")]
    [InlineData("agent")]
    public async Task Case18_ProcessKilledInTheTool_TheOtherIsRefusedAndTheModelIsToldThatNobodyKnows(string wiring)
    {
        var sessionId = DatabaseFixture.NewSessionId();
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await other.AskAsync($"pay {sessionId} support {wiring}");
        Assert.Equal("in the tool", await one.AskAsync($"click {sessionId} support {wiring} stays"));

        await one.KillAsync();
        var outcome = await other.AskAsync($"click {sessionId} support {wiring}");

        Assert.Equal("refused", outcome);
        Assert.Equal(1, await CountPaymentsAsync(sessionId));
        using var model = new ScriptedModel("I do not know.");
        await using var services = database.CreateServices();
        await model.Build(services, isInside: false).AskAsync(isStreaming: false, "Is it paid?", ScriptedPipeline.For(sessionId), Cancellation);
        Assert.Contains(model.Requests[0].Lines, line => line.StartsWith("tool: ", StringComparison.Ordinal) && line.Contains("not known", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pipeline")]
    [InlineData("agent")]
    public async Task Case18_ProcessStoppedInTheTool_LearnsThatItWasTakenOverWhenItGoesOn(string wiring)
    {
        var sessionId = DatabaseFixture.NewSessionId();
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await other.AskAsync($"pay {sessionId} support {wiring}");
        Assert.Equal("in the tool", await one.AskAsync($"click {sessionId} support {wiring} stays"));

        await one.StopAsync();
        var first = await other.AskAsync($"click {sessionId} support {wiring}");
        await database.Database.GetCollection<BsonDocument>("releases").InsertOneAsync(new BsonDocument("_id", sessionId), cancellationToken: Cancellation);
        await one.ContinueAsync();
        var outcome = await one.ReadAsync();
        var last = await other.AskAsync($"click {sessionId} support {wiring}");

        Assert.Equal(("refused", "lost", "refused"), (first, outcome, last));
        Assert.Equal(1, await CountPaymentsAsync(sessionId));
    }

    private Task<ChildProcess> StartAsync() => ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);

    private Task<long> CountPaymentsAsync(string sessionId) => database.Database.GetCollection<BsonDocument>("payments")
        .CountDocumentsAsync(new BsonDocument("session", sessionId), cancellationToken: Cancellation);
}
