namespace SessionManager.IntegrationTests.Sessions;

public sealed class OddIdTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    public static TheoryData<string> OddIds =>
    [
        "a.b", ".", "..", "$where", "$", "a$b.$c", "%", "%2E", "{\"$gt\":\"\"}", "日本語 🙂", "e\u0301", "\u00e9", " with spaces ", "a/b\\c?d=e&f", "__proto__", "\u202e\uffff",
        new string('x', 255), new string('ä', 127) + "x", string.Concat(Enumerable.Repeat("🙂", 63)) + "123", new string('.', 255),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(OddIds))]
    public async Task EveryCall_OddSessionAndAgentId_KeepsThemApartFromOthers(string id)
    {
        var session = database.Factory.Create(id);
        var agent = Agents.Support(id);
        agent.Messages.Add(Agents.Assistant("first"));
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(Agents.Assistant("second"), agent, Cancellation);
        agent.State["id"] = id;
        agent.Metrics.AddModelCall(null, TimeSpan.FromSeconds(1));
        await session.SyncAgentAsync(agent, Cancellation);

        var restored = Agents.Support(id);
        var result = await database.Factory.Create(id).InitializeAsync(restored, Cancellation);

        Assert.Equal(new AgentInitialization { IsNewAgent = false, RestoredMessageCount = 2 }, result);
        Assert.Equal(["first", "second"], restored.Messages.Select(message => message.Text));
        Assert.Equal(id, restored.State["id"]?.GetValue<string>());
        Assert.Equal(2, await session.GetMessageCountAsync(id, Cancellation));
        Assert.Equal(id, (await session.GetAgentConfigAsync(id, Cancellation))?.AgentId);
        Assert.Equal(id, Assert.Single(await session.ListAgentsAsync(Cancellation)).AgentId);
        var messages = await session.ListMessagesAsync(id, cancellationToken: Cancellation);
        Assert.Equal([(id, 0), (id, 1)], messages.Select(message => (message.AgentId, message.Position)));
        Assert.Equal(TimeSpan.FromSeconds(1), messages[1].EventLoopMetrics?.Latency);
        var stored = await database.FindSessionAsync(id);
        Assert.Equal((id, id), (stored["_id"].AsString, stored["session_id"].AsString));
    }

    [Fact]
    public async Task InitializeAsync_IdsThatAreEachOthersEscapedForm_DoNotCollide()
    {
        string[] ids = ["a.b", "a%2Eb", "a%2eb", "a%252Eb", "a$b", "a%24b", "A.B", "%", "%25", "a", "b"];
        var session = database.Factory.Create(DatabaseFixture.NewSessionId());
        foreach (var id in ids)
        {
            var agent = new SessionAgent(id) { Model = $"model of {id}" };
            agent.Messages.Add(Agents.User($"message of {id}"));
            agent.State["id"] = id;
            Assert.True((await session.InitializeAsync(agent, Cancellation)).IsNewAgent);
        }

        var reopened = database.Factory.Create(session.SessionId);

        Assert.Equal(ids, (await reopened.ListAgentsAsync(Cancellation)).Select(agent => agent.AgentId));
        foreach (var id in ids)
        {
            var agent = new SessionAgent(id);
            await reopened.InitializeAsync(agent, Cancellation);
            Assert.Equal($"message of {id}", Assert.Single(agent.Messages).Text);
            Assert.Equal(id, agent.State["id"]?.GetValue<string>());
            Assert.Equal($"model of {id}", (await reopened.GetAgentConfigAsync(id, Cancellation))?.Model);
        }
    }

    [Fact]
    public async Task Messages_IdsThatTogetherReadAlike_StayApart()
    {
        // The _id of a message is made of both.
        var prefix = DatabaseFixture.NewSessionId();
        (string Session, string Agent)[] pairs =
        [
            ("", "x/y"), ("/x", "y"), ("/x/y", "z"), ("", "x"), ("", "x0"), ("", "x%2Fy"), ("%2Fx", "y"), ("0", "x"), ("/", "x"),
            ("", "x/0000000000"), ("/x/0000000000", "x"), ("\uffff", "x"), ("🙂", "x"), ("", "x\uffff"), ("", "x🙂"), (" ", "x"), ("/x", "x "),
        ];
        foreach (var (session, agent) in pairs)
        {
            await database.Storage.CreateSessionAsync(prefix + session, null, null, revivesDeleted: false, Cancellation);
            await database.Storage.AppendMessageAsync(prefix + session, new AgentBranch(agent, 0), Agents.User($"{session} and {agent}"), null, null, Cancellation);
            await database.Storage.AppendMessageAsync(prefix + session, new AgentBranch(agent, 0), Agents.Assistant(), null, null, Cancellation);
        }

        foreach (var (session, agent) in pairs)
        {
            var messages = await database.Storage.ListMessagesAsync(prefix + session, new AgentBranch(agent, 0), new MessageQuery(), Cancellation);
            Assert.Equal([0, 1], messages.Select(message => message.Position));
            Assert.Equal($"{session} and {agent}", messages[0].Message.Text);
            Assert.Equal(2, await database.Storage.GetMessageCountAsync(prefix + session, new AgentBranch(agent, 0), Cancellation));
            Assert.Equal(1, await database.Storage.RedactMessageAsync(prefix + session, new AgentBranch(agent, 0), null, Agents.Assistant("[redacted]"), new RedactionDetails(), Cancellation));
        }

        await database.Storage.DeleteSessionAsync(prefix, Cancellation);

        foreach (var (session, agent) in pairs)
        {
            var expected = session.Length == 0 ? 0 : 2;
            Assert.Equal(expected, await database.Storage.GetMessageCountAsync(prefix + session, new AgentBranch(agent, 0), Cancellation));
        }
    }

    [Fact]
    public async Task InitializeAndAppend_FiftyAgentsFromEightManagers_MakeOneOfEach()
    {
        const int Managers = 8;
        var sessionId = DatabaseFixture.NewSessionId();
        string[] ids = [.. Enumerable.Range(0, 50).Select(i => $"agent.{i}")];

        var outcomes = (await Task.WhenAll(Enumerable.Range(0, Managers).Select(_ => UseAllAsync(database.Factory.Create(sessionId)))))
            .SelectMany(some => some)
            .ToArray();

        Assert.Equal(ids.Order(), outcomes.Where(outcome => outcome.IsNew).Select(outcome => outcome.Id).Order());
        Assert.Equal(ids.Order(), (await database.Factory.Create(sessionId).ListAgentsAsync(Cancellation)).Select(agent => agent.AgentId).Order());
        foreach (var id in ids)
        {
            var stored = await database.FindMessagesAsync(sessionId, id);
            Assert.Equal(Enumerable.Range(0, Managers + 1), stored.Select(message => message["message_id"].AsInt32));
            Assert.Equal($"welcome to {id}", stored[0]["message"]["content"][0]["text"]);
            Assert.Equal(Enumerable.Range(1, Managers), outcomes.Where(outcome => outcome.Id == id).Select(outcome => outcome.MessageId).Order());
        }

        async Task<List<(string Id, bool IsNew, int MessageId)>> UseAllAsync(ISessionManager manager)
        {
            var outcomes = new List<(string Id, bool IsNew, int MessageId)>();
            foreach (var id in ids)
            {
                var agent = new SessionAgent(id);
                agent.Messages.Add(Agents.Assistant($"welcome to {id}"));
                var result = await manager.InitializeAsync(agent, Cancellation);
                outcomes.Add((id, result.IsNewAgent, await manager.AppendMessageAsync(Agents.User(), agent, Cancellation)));
            }

            return outcomes;
        }
    }
}
