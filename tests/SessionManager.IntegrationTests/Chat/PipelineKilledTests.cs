using SessionManager.IntegrationTests.Processes;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// Another process is killed in the middle of a run, and this one goes on.
/// </summary>
public sealed class PipelineKilledTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, bool> Places => new()
    {
        { "model", true, true },
        { "model", false, false },
        { "tool", true, false },
        { "tool", true, true },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Ask_AfterAProcessWasKilledInTheMiddleOfARun_GoesOn(string place, bool isInside, bool isStreaming)
    {
        await using (var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName))
        {
            var reached = await child.AskAsync($"ask {_sessionId} support {place} {(isInside ? "inside" : "outside")} {(isStreaming ? "streaming" : "whole")}");
            Assert.Equal($"in the {place}", reached);
            await child.KillAsync();
        }

        var model = new ScriptedModel("It is under way.", "You are welcome.");
        var client = model.Build(database.Services, isInside);
        await client.AskAsync(isStreaming, "Hello?", ScriptedPipeline.For(_sessionId), Cancellation);
        await client.AskAsync(isStreaming, "Thanks", ScriptedPipeline.For(_sessionId), Cancellation);

        string[] left = place == "model"
            ? ["user: Where is my order?"]
            : ["user: Where is my order?", "assistant: call orders", "tool: result The outcome of this call is not known. It may have been carried out, or may still be running."];
        Assert.Equal([.. left, "user: Hello?"], model.Requests[0].Lines);
        Assert.Equal([.. left, "user: Hello?", "assistant: It is under way.", "user: Thanks"], model.Requests[1].Lines);
        Assert.Equal(place == "model" ? 5 : 6, (await database.FindMessagesAsync(_sessionId)).Count);
    }
}
