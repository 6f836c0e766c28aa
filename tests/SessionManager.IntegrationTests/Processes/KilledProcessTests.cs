namespace SessionManager.IntegrationTests.Processes;

public sealed class KilledProcessTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int AppendsPerRound = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InitializeAsync_AfterAProcessWasKilled_ResumesWithoutGapsOrLosses()
    {
        var sessionId = DatabaseFixture.NewSessionId();
        var acknowledged = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
            await child.AskAsync($"initialize {sessionId} support");
            for (var i = 0; i < AppendsPerRound; i++)
            {
                await child.AskAsync($"append {sessionId} support round-{round}-{i}");
                acknowledged.Add($"round-{round}-{i}");
            }

            await child.KillInTheMiddleOfAsync($"append {sessionId} support round-{round}-killed");
        }

        var session = database.Factory.Create(sessionId);
        var agent = Agents.Support();
        var result = await session.InitializeAsync(agent, Cancellation);
        var next = await session.AppendMessageAsync(Agents.User("resumed"), agent, Cancellation);

        Assert.False(result.IsNewAgent);
        Assert.Equal(agent.Messages.Count, next);
        var texts = agent.Messages.Select(message => message.Text).ToArray();
        Assert.Equal(acknowledged, texts.Where(text => !text.EndsWith("killed", StringComparison.Ordinal)));
        Assert.Equal(texts.Length, texts.Distinct().Count());
        var stored = await database.FindMessagesAsync(sessionId);
        Assert.Equal(Enumerable.Range(0, texts.Length + 1), stored.Select(message => message["message_id"].AsInt32));
    }

    [Fact]
    public async Task InitializeAsync_ProcessKilledWhileAddingTheAgent_AddsIt()
    {
        for (var round = 0; round < 3; round++)
        {
            var sessionId = DatabaseFixture.NewSessionId();
            await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
            await child.KillInTheMiddleOfAsync($"initialize {sessionId} support killed-1 killed-2");

            var agent = Agents.Support();
            agent.Messages.Add(Agents.Assistant("own-1"));
            agent.Messages.Add(Agents.Assistant("own-2"));
            var session = database.Factory.Create(sessionId);
            await session.InitializeAsync(agent, Cancellation);
            var next = await session.AppendMessageAsync(Agents.User("next"), agent, Cancellation);

            Assert.Equal(2, next);
            Assert.Single(agent.Messages.Select(message => message.Text.Split('-')[0]).Distinct());
            Assert.Equal("support", Assert.Single(await session.ListAgentsAsync(Cancellation)).AgentId);
        }
    }
}
