using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Histories that go back to an earlier message, and go on from another branch.
/// </summary>
public abstract class BranchTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task RewindAsync_ToAMessage_GoesOnFromThereAndKeepsTheRest()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2");
        var before = await BranchAsync();

        var branch = await session.RewindAsync("support", 2, cancellationToken: Cancellation);

        Assert.Equal((2, before.Number + 1), (branch.Start, branch.Number));
        Assert.Equal([new BranchSegment(before.Number, 2)], branch.Base);
        Assert.Equal(["q1", "a1"], await ListAsync());
        Assert.Equal(2, await session.GetMessageCountAsync("support", Cancellation));
        Assert.Equal([2, 3], await session.AppendMessagesAsync([User("q3"), Assistant("a3")], agent, Cancellation));
        Assert.Equal(["q1", "a1", "q3", "a3"], await ListAsync());
        Assert.Equal(["q1", "a1", "q2", "a2"], await ListAsync(before.Number));
        Assert.Equal(["q1", "a1", "q3", "a3"], (await LoadAsync()).Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task RewindAsync_AgainAndAgain_EveryBranchStaysReadable()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2", "q3", "a3");
        var first = await BranchAsync();
        var second = await session.RewindAsync("support", 4, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([User("q4"), Assistant("a4")], agent, Cancellation);
        var third = await session.RewindAsync("support", 5, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([Assistant("a5")], agent, Cancellation);
        var fourth = await session.RewindAsync("support", 1, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([Assistant("a6")], agent, Cancellation);

        Assert.Equal(["q1", "a6"], await ListAsync());
        Assert.Equal(["q1", "a1", "q2", "a2", "q3", "a3"], await ListAsync(first.Number));
        Assert.Equal(["q1", "a1", "q2", "a2", "q4", "a4"], await ListAsync(second.Number));
        Assert.Equal(["q1", "a1", "q2", "a2", "q4", "a5"], await ListAsync(third.Number));
        Assert.Equal([new BranchSegment(first.Number, 4), new BranchSegment(second.Number, 5)], third.Base);
        Assert.Equal([new BranchSegment(first.Number, 1)], fourth.Base);

        var branches = await Open().ListBranchesAsync("support", cancellationToken: Cancellation);
        Assert.Equal([(fourth.Number, 2, true), (third.Number, 6, false), (second.Number, 6, false), (first.Number, 6, false)],
            branches.Select(branch => (branch.Branch.Number, branch.MessageCount, branch.IsCurrent)));
        Assert.All(branches, branch => Assert.Equal(Now(), branch.LastMessageAt));
        Assert.Equal([third.Number, second.Number], (await Open().ListBranchesAsync("support", fourth.Number, 2, Cancellation)).Select(branch => branch.Branch.Number));
    }

    [Fact]
    public async Task RewindAsync_EachOfManyTurns_EveryBranchStaysReadable()
    {
        const int Turns = 40;
        var (session, agent) = await StartAsync();
        var histories = new Dictionary<int, string[]>();
        List<string> kept = [];
        for (var turn = 0; turn < Turns; turn++)
        {
            await session.AppendMessagesAsync([User($"q{turn}"), Assistant($"a{turn}")], agent, Cancellation);
            histories[(await BranchAsync()).Number] = [.. kept, $"q{turn}", $"a{turn}"];
            await session.RewindAsync("support", 2 * turn, cancellationToken: Cancellation);
            await session.AppendMessagesAsync([User($"q{turn}, edited"), Assistant($"a{turn}, edited")], agent, Cancellation);
            kept.AddRange([$"q{turn}, edited", $"a{turn}, edited"]);
        }

        var last = await BranchAsync();
        Assert.Equal(kept, await ListAsync());
        Assert.Equal(kept, (await LoadAsync()).Messages.Select(message => message.Text));
        Assert.Equal(kept.TakeLast(5).Reverse(), (await session.ListMessagesAsync("support", new MessageQuery { NewestFirst = true, Limit = 5 }, Cancellation)).Select(message => message.Message.Text));
        Assert.Equal(kept[3..30], (await session.ListMessagesAsync("support", new MessageQuery { FromPosition = 3, Limit = 27 }, Cancellation)).Select(message => message.Message.Text));
        Assert.Equal(kept[7..9], (await session.ListMessagesAsync("support", new MessageQuery { FromPosition = 7, BeforePosition = 9, NewestFirst = true }, Cancellation)).Select(message => message.Message.Text).Reverse());

        // One that was left has what it had, however much stands on later ones.
        foreach (var (branch, history) in histories)
        {
            var all = await ListAsync(branch);
            Assert.Equal(all.Reverse().Take(3), (await session.ListMessagesAsync("support", new MessageQuery { Branch = branch, NewestFirst = true, Limit = 3 }, Cancellation)).Select(message => message.Message.Text));
            Assert.Equal(history, all[..history.Length]);
        }

        // Where the agent does not say what they go on from, they do.
        await session.ClearAsync("support", cancellationToken: Cancellation);
        foreach (var (branch, history) in histories)
        {
            Assert.Equal(history, (await ListAsync(branch))[..history.Length]);
        }

        var branches = await session.ListBranchesAsync("support", limit: 100, cancellationToken: Cancellation);
        Assert.Equal(Turns + 2, branches.Count);
        Assert.Equal(last.Base, branches.Single(branch => branch.Branch.Number == last.Number).Branch.Base);
        await session.SwitchBranchAsync("support", last.Number, cancellationToken: Cancellation);
        Assert.Equal(kept, await ListAsync());
        Assert.Equal(Turns, (await BranchAsync()).Base.Count);
    }

    [Fact]
    public async Task RewindAsync_EndOfTheHistory_LeavesTheBranch()
    {
        var (session, _) = await StoreAsync("q1", "a1");
        var before = await BranchAsync();

        Assert.Equal(before.Number, (await session.RewindAsync("support", 2, cancellationToken: Cancellation)).Number);
        Assert.Equal(before.Number, (await BranchAsync()).Number);
    }

    [Fact]
    public async Task RewindAsync_BadInput_IsRefusedAndChangesNothing()
    {
        var (session, _) = await StoreAsync("q1", "a1");
        var before = await BranchAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("position", () => session.RewindAsync("support", 3, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("position", () => session.RewindAsync("support", -1, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>("branch", () => session.SwitchBranchAsync("support", before.Number + 1, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("branch", () => session.SwitchBranchAsync("support", -1, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("limit", () => session.ListBranchesAsync("support", limit: 0, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<AgentNotFoundException>(() => session.ClearAsync("nobody", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => Factory.Create(NewSessionId()).UndoLastTurnAsync("support", cancellationToken: Cancellation));
        Assert.Equal(before.Number, (await BranchAsync()).Number);
        Assert.Empty(await Factory.Create(NewSessionId()).ListBranchesAsync("support", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task UndoLastTurnAsync_TurnWithTools_TakesAllOfItBack()
    {
        var (session, agent) = await StoreAsync("q1", "a1");
        await session.AppendMessagesAsync(
            [
                User("q2"),
                new(ChatRole.Assistant, [new FunctionCallContent("call-1", "tool")]),
                new(ChatRole.Tool, [new FunctionResultContent("call-1", "result")]),
                Assistant("a2"),
            ],
            agent,
            Cancellation);

        await session.UndoLastTurnAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["q1", "a1"], await ListAsync());

        await session.UndoLastTurnAsync("support", cancellationToken: Cancellation);
        Assert.Empty(await ListAsync());

        var empty = await BranchAsync();
        Assert.Equal(empty.Number, (await session.UndoLastTurnAsync("support", cancellationToken: Cancellation)).Number);
    }

    [Fact]
    public async Task ClearAsync_WithMetadataStateAndFeedback_KeepsThem()
    {
        var (session, agent) = await StoreAsync("q1", "a1");
        agent.State["cart"] = 1;
        agent.RemovedMessageCount = 1;
        await session.SyncAgentAsync(agent, Cancellation);
        await session.UpdateMetadataAsync(Map(("topic", "orders")), Cancellation);
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, AgentId = "support", Position = 1 }, Cancellation);
        var before = await BranchAsync();

        await session.ClearAsync("support", cancellationToken: Cancellation);

        var loaded = await LoadAsync();
        Assert.Empty(loaded.Messages);
        Assert.Equal(0, loaded.RemovedMessageCount);
        Assert.Equal(1, (int)loaded.State["cart"]!);
        Assert.Equal("orders", (await session.GetMetadataAsync(cancellationToken: Cancellation))!["topic"]);
        var feedback = Assert.Single(await session.GetFeedbacksAsync(Cancellation));
        Assert.Equal((1, before.Number), (feedback.Position, feedback.Branch));
        Assert.Equal(["q1", "a1"], await ListAsync(before.Number));
    }

    [Fact]
    public async Task RewindAsync_WindowBeyondIt_EmptiesWhatTheWindowRemembers()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2");
        agent.ConversationManagerState = new JsonObject { ["removed_message_count"] = 3, ["summary_message"] = new JsonObject { ["role"] = "user" } };
        await session.SyncAgentAsync(agent, Cancellation);

        await session.RewindAsync("support", 3, cancellationToken: Cancellation);
        Assert.Equal(3, (await LoadAsync()).RemovedMessageCount);

        await session.RewindAsync("support", 2, cancellationToken: Cancellation);
        var loaded = await LoadAsync();
        Assert.Equal(["q1", "a1"], loaded.Messages.Select(message => message.Text));
        Assert.Empty(loaded.ConversationManagerState);
    }

    [Fact]
    public async Task SwitchBranchAsync_OtherBranch_GoesOnFromItUnderANewNumber()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2");
        var first = await BranchAsync();
        var second = await session.RewindAsync("support", 2, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([User("q3")], agent, Cancellation);

        var third = await session.SwitchBranchAsync("support", first.Number, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([User("q4")], agent, Cancellation);

        Assert.True(third.Number > second.Number);
        Assert.Equal(["q1", "a1", "q2", "a2", "q4"], await ListAsync());
        Assert.Equal(["q1", "a1", "q2", "a2"], await ListAsync(first.Number));
        Assert.Equal(["q1", "a1", "q3"], await ListAsync(second.Number));
        Assert.Equal(third.Number, (await session.SwitchBranchAsync("support", third.Number, cancellationToken: Cancellation)).Number);
    }

    [Fact]
    public async Task AppendMessageAsync_HistoryHasGoneOnElsewhere_IsKeptOnItsBranchAndTheSyncSaysSo()
    {
        var (other, agent) = await StoreAsync("q1", "a1");
        var left = await BranchAsync();
        await Open().RewindAsync("support", 1, cancellationToken: Cancellation);

        await other.AppendMessageAsync(User("late"), agent, Cancellation);
        agent.State["seen"] = true;
        var lost = await Assert.ThrowsAsync<SessionRunLostException>(() => other.SyncAgentAsync(agent, Cancellation));

        Assert.Equal((SessionId, "support", left.Number), (lost.SessionId, lost.AgentId, lost.Branch.Number));
        Assert.Equal(["q1"], await ListAsync());
        Assert.Equal(["q1", "a1", "late"], await ListAsync(left.Number));
        Assert.False((await LoadAsync()).State.ContainsKey("seen"));

        // From then on it goes on with the others.
        Assert.Equal(1, await other.AppendMessageAsync(Assistant("a2"), agent, Cancellation));
        await other.SyncAgentAsync(agent, Cancellation);
        Assert.Equal(["q1", "a2"], await ListAsync());
    }

    [Fact]
    public async Task Everything_OnABranchOfABranch_FindsItsMessages()
    {
        var (session, agent) = await StoreAsync("q1", "a1", "q2", "a2");
        await session.RewindAsync("support", 2, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([User("q3"), Assistant("a3")], agent, Cancellation);
        var branch = await BranchAsync();

        Assert.Equal(0, await Storage.RedactMessageAsync(SessionId, branch, 0, User("redacted"), new(), Cancellation));
        Assert.Equal(3, await Storage.RedactMessageAsync(SessionId, branch, null, Assistant("gone"), new(), Cancellation));
        Assert.True(await Storage.TryClaimRequestAsync(SessionId, branch, 1, "request", Cancellation));
        Assert.False(await Storage.TryReplaceLastMessageAsync(SessionId, branch, 1, User("x"), Cancellation));
        Assert.True(await Storage.TryReplaceLastMessageAsync(SessionId, branch, 3, Assistant("a4"), Cancellation));
        await Storage.SetEventLoopMetricsAsync(SessionId, branch, 1, new EventLoopMetrics { Model = "m", TotalTokens = 7 }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 1 }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 2 }, Cancellation);
        await Assert.ThrowsAsync<MessageNotFoundException>(() => session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 4 }, Cancellation));

        Assert.Equal(["redacted", "a1", "q3", "gone"], await ListAsync());
        Assert.Equal([branch.Base[0].Branch, branch.Number], (await session.ListGuardrailEventsAsync(Cancellation)).Select(recorded => recorded.Branch).Order());
        Assert.Equal([branch.Base[0].Branch, branch.Number], (await session.GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Branch ?? -1));
        Assert.Equal(7, (await session.GetUsageAsync(Cancellation)).Total.TotalTokens);
        Assert.Equal([0, 1, 2], (await Storage.ListMessageIdentitiesAsync(SessionId, branch, 3, Cancellation)).Select(message => message.Position));
        Assert.Equal(["q3", "a1"], (await session.ListMessagesAsync("support", new MessageQuery { FromPosition = 1, BeforePosition = 3, NewestFirst = true }, Cancellation)).Select(message => message.EffectiveMessage.Text));
        Assert.Equal(["a1", "q3"], (await session.StreamMessagesAsync("support", new MessageQuery { FromPosition = 1, Limit = 2 }, Cancellation).ToListAsync(Cancellation)).Select(message => message.EffectiveMessage.Text));
    }

    [Fact]
    public async Task InitializeAsync_LongHistoryOfManyBranches_LoadsExactlyTheCurrentOne()
    {
        var (session, agent) = await StartAsync();
        List<string> expected = [];
        for (var i = 0; i < 30; i++)
        {
            var keep = expected.Count * (i % 3 == 0 ? 1 : 2) / 2;
            if (keep < expected.Count)
            {
                await session.RewindAsync("support", keep, cancellationToken: Cancellation);
                expected.RemoveRange(keep, expected.Count - keep);
            }

            ChatMessage[] messages = [.. Enumerable.Range(0, 40).Select(index => index % 2 == 0 ? User($"q{i}-{index}") : Assistant($"a{i}-{index}"))];
            await session.AppendMessagesAsync(messages, agent, Cancellation);
            expected.AddRange(messages.Select(message => message.Text));
            if (i % 4 == 3)
            {
                await session.RewindAsync("support", expected.Count - 1, cancellationToken: Cancellation);
                expected.RemoveAt(expected.Count - 1);
                await session.AppendMessagesAsync([Assistant($"again{i}")], agent, Cancellation);
                expected.Add($"again{i}");
            }

            Assert.Equal(expected, (await LoadAsync()).Messages.Select(message => message.Text));
        }

        var windowed = CreateAgent();
        await Open().InitializeAsync(windowed, new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 20 } }, Cancellation);
        Assert.Equal(expected.TakeLast(windowed.Messages.Count), windowed.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task RewindAsync_OtherAgents_KeepTheirHistories()
    {
        var (session, _) = await StoreAsync("q1", "a1");
        var sales = CreateAgent("sales");
        await session.InitializeAsync(sales, Cancellation);
        await session.AppendMessageAsync(User("s1"), sales, Cancellation);
        var salesBranch = await BranchAsync("sales");

        var branch = await session.ClearAsync("support", cancellationToken: Cancellation);

        Assert.Equal(salesBranch.Number + 1, branch.Number);
        Assert.Equal(1, await session.AppendMessageAsync(Assistant("s2"), sales, Cancellation));
        await session.SyncAgentAsync(sales, Cancellation);
        Assert.Equal(["s1", "s2"], (await session.ListMessagesAsync("sales", cancellationToken: Cancellation)).Select(message => message.Message.Text));
    }

    [Fact]
    public async Task DeleteSessionAsync_ThenTheSameId_NeverMeetsTheOldWriter()
    {
        var (old, oldAgent) = await StoreAsync("q1", "a1");
        var oldBranch = await BranchAsync();
        Wait();
        await Open().DeleteSessionAsync(Cancellation);
        Wait();
        var (session, agent) = await StartAsync();

        try
        {
            await old.AppendMessageAsync(User("late"), oldAgent, Cancellation);
        }
        catch (SessionNotFoundException)
        {
            // Where it is told at once.
        }

        Assert.True((await BranchAsync()).Number > oldBranch.Number);
        Assert.Equal(0, await session.AppendMessageAsync(User("new"), agent, Cancellation));
        Assert.Equal(["new"], await ListAsync());
        Assert.Equal(["new"], (await LoadAsync()).Messages.Select(message => message.Text));
        Assert.Single(await session.ListBranchesAsync("support", cancellationToken: Cancellation));
        Assert.Empty(await session.ListMessagesAsync("support", new MessageQuery { Branch = oldBranch.Number }, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>("branch", () => session.SwitchBranchAsync("support", oldBranch.Number, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task SyncAgentAsync_SessionWasDeleted_SaysSoAndRemovesWhatItHadAppended()
    {
        var (session, agent) = await StoreAsync("q1", "a1");
        var branch = await BranchAsync();
        await Open().DeleteSessionAsync(Cancellation);
        await Storage.AppendMessagesAsync(SessionId, branch, [User("late")], 2, null, onlyThere: false, Cancellation);
        agent.State["a"] = 1;

        var lost = await Assert.ThrowsAsync<SessionNotFoundException>(() => session.SyncAgentAsync(agent, Cancellation));

        Assert.True(lost.WasDeleted);
        Assert.False(await session.SessionExistsAsync(Cancellation));
        Assert.Empty(await Storage.ListBranchesAsync(SessionId, "support", 0, null, 10, Cancellation));
    }

    [Fact]
    public async Task CompleteAsync_SessionWasDeletedAndIsThereAnew_SaysSoAndLeavesTheNewOne()
    {
        var (session, agent) = (Open(), CreateAgent());
        var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await session.AppendMessageAsync(User("q1"), agent, Cancellation);
        await Open().DeleteSessionAsync(Cancellation);
        var (other, otherAgent) = await StartAsync();
        await other.AppendMessageAsync(User("new"), otherAgent, Cancellation);

        await Storage.AppendMessagesAsync(SessionId, run.Branch, [Assistant("late")], 1, null, onlyThere: false, Cancellation);
        await Assert.ThrowsAsync<SessionNotFoundException>(() => run.CompleteAsync(Cancellation));

        Assert.True((await BranchAsync()).Number > run.Branch.Number);
        Assert.Equal(["new"], await ListAsync());
        Assert.Single(await Storage.ListBranchesAsync(SessionId, "support", 0, null, 10, Cancellation));
    }

    [Fact]
    public async Task SweepAsync_LongAfterADeletion_LeavesNothingOfIt()
    {
        await StoreAsync("q1", "a1");
        var branch = await BranchAsync();
        await Open().DeleteSessionAsync(Cancellation);
        var (again, againAgent) = await StartAsync();
        await again.AppendMessageAsync(User("new"), againAgent, Cancellation);
        await Storage.AppendMessagesAsync(SessionId, branch, [User("late")], 2, null, onlyThere: false, Cancellation);

        await Storage.SweepAsync(Cancellation);
        Clock.Advance(TimeSpan.FromDays(8));
        await Storage.SweepAsync(Cancellation);

        Assert.Equal(["new"], await ListAsync());
        Assert.DoesNotContain(await Storage.ListBranchesAsync(SessionId, "support", 0, null, 10, Cancellation), left => left.Branch.Number == branch.Number);
        await again.SyncAgentAsync(againAgent, Cancellation);
    }

    private async Task<(ISessionManager Session, SessionAgent Agent)> StoreAsync(params string[] texts)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([.. texts.Select(text => text[0] == 'q' ? User(text) : Assistant(text))], agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);
        return (session, agent);
    }

    private async Task<string[]> ListAsync(int? branch = null) =>
        [.. (await Open().ListMessagesAsync("support", new MessageQuery { Branch = branch }, Cancellation)).Select(message => message.EffectiveMessage.Text)];

    private async Task<SessionAgent> LoadAsync()
    {
        var agent = CreateAgent();
        await Open().InitializeAsync(agent, Cancellation);
        return agent;
    }
}
