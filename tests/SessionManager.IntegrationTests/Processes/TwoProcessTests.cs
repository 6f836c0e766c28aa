namespace SessionManager.IntegrationTests.Processes;

public sealed class TwoProcessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task InitializeAndAppend_TwoProcessesAtOnce_MakeOneSessionAndLoseNothing()
    {
        // Creation and initialization race in the reference: one process fails, or wipes what the other wrote (faults 2, 13).
        await using var first = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
        await using var second = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);

        for (var i = 0; i < 100; i++)
        {
            var sessionId = DatabaseFixture.NewSessionId();

            var answers = await Task.WhenAll(
                first.AskAsync($"initialize {sessionId} support welcome-1 welcome-2"),
                second.AskAsync($"initialize {sessionId} support hello-1 hello-2"));
            var ids = await Task.WhenAll(
                first.AskAsync($"append {sessionId} support from-first"),
                second.AskAsync($"append {sessionId} support from-second"));

            var session = await database.FindSessionAsync(sessionId);
            Assert.Equal("support", Assert.Single(session["agents"].AsBsonDocument).Name);
            Assert.Single(answers, answer => answer.StartsWith("True", StringComparison.Ordinal));
            Assert.Equal(["2", "3"], ids.Order());

            var messages = await database.FindMessagesAsync(sessionId);
            Assert.Equal([0, 1, 2, 3], messages.Select(message => message["message_id"].AsInt32));
            var texts = messages.Select(message => message["message"]["content"][0]["text"].AsString).ToArray();
            var winner = texts[0].Split('-')[0];
            Assert.Equal([$"{winner}-1", $"{winner}-2"], texts[..2]);
            Assert.Equal(["from-first", "from-second"], texts[2..].Order());
        }
    }
}
