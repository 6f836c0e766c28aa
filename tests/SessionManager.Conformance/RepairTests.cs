using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Histories that a process has left incomplete, loaded so that a model provider accepts them.
/// </summary>
public abstract class RepairTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private const string Interrupted = "The outcome of this call is not known. It may have been carried out, or may still be running.";

    private static readonly HistoryRepair OneCall = new() { InterruptedCallCount = 1 };

    [Fact]
    public async Task InitializeAsync_ValidHistory_IsRestoredAsItIs()
    {
        await StoreAsync(User(), Call("1"), Result("1"), Assistant());

        var (agent, result) = await LoadAsync();

        Assert.Equal(new AgentInitialization { IsNewAgent = false, RestoredMessageCount = 4 }, result);
        Assert.Same(HistoryRepair.None, new AgentInitialization { IsNewAgent = true, RestoredMessageCount = 0 }.Repair);
        Assert.Equal(["user: Hello", "assistant: call 1", "tool: 1 done", "assistant: Hi"], agent.Messages.Select(Format));
    }

    [Fact]
    public async Task InitializeAsync_ProcessEndedBetweenCallAndResult_InterruptsTheCall()
    {
        await StoreAsync(User(), Call("1"));

        var (agent, result) = await LoadAsync();

        Assert.Equal(["user: Hello", "assistant: call 1", $"tool: 1 {Interrupted}"], agent.Messages.Select(Format));
        Assert.Equal(new AgentInitialization { IsNewAgent = false, RestoredMessageCount = 2, Repair = OneCall }, result);
    }

    [Fact]
    public async Task InitializeAsync_CallWithoutResultInTheMiddle_IsInterruptedAtEveryLoad()
    {
        await StoreAsync(User(), Call("1", "2"), Result("2"), User("Still there?"), Assistant());

        foreach (var _ in Enumerable.Range(0, 2))
        {
            var (agent, result) = await LoadAsync();

            Assert.Equal(
                ["user: Hello", "assistant: call 1, call 2", $"tool: 2 done, 1 {Interrupted}", "user: Still there?", "assistant: Hi"],
                agent.Messages.Select(Format));
            Assert.Equal(OneCall, result.Repair);
        }
    }

    [Fact]
    public async Task InitializeAsync_ResultsWithoutCalls_AreLeftOut()
    {
        await StoreAsync(User(), Call("1"), Result("1"), Assistant("two"), User("three"), Result("9"), Assistant("four"));
        var writer = CreateAgent();
        var session = Open();
        await session.InitializeAsync(writer, Cancellation);
        writer.RemovedMessageCount = 2;
        await session.SyncAgentAsync(writer, Cancellation);

        var (agent, result) = await LoadAsync();

        Assert.Equal(["assistant: two", "user: three", "assistant: four"], agent.Messages.Select(Format));
        Assert.Equal((3, new HistoryRepair { OrphanResultCount = 2 }), (result.RestoredMessageCount, result.Repair));
    }

    [Fact]
    public async Task InitializeAsync_AnyFault_LeavesWhatIsStored()
    {
        await StoreAsync(Result("9"), User(), Call("1"), User("late"), Result("1"), Request("2"), Call("3"));
        var before = await ListAsync();

        var (agent, result) = await LoadAsync();

        Assert.False(result.Repair.IsEmpty);
        Assert.Equal(before, await ListAsync());
        var session = Open();
        await session.InitializeAsync(agent, Cancellation);
        Assert.Equal(7, await session.AppendMessageAsync(User(), agent, Cancellation));
        Assert.Equal(8, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_NewMessagesHoldTheResult_LeavesTheCallOpen()
    {
        await StoreAsync(User(), Call("1"));

        var (agent, result) = await LoadAsync(Result("1"));

        Assert.Equal(["user: Hello", "assistant: call 1"], agent.Messages.Select(Format));
        Assert.True(result.Repair.IsEmpty);
        Assert.Equal(2, await Open().GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task InitializeAsync_ApprovalThatNobodyGave_BecomesAnInterruptedCall()
    {
        await StoreAsync(User(), Request("1"));

        var (agent, result) = await LoadAsync(User("Never mind."));

        Assert.Equal(["user: Hello", "assistant: call 1", $"tool: 1 {Interrupted}"], agent.Messages.Select(Format));
        Assert.Equal(OneCall with { UnansweredApprovalCount = 1 }, result.Repair);
    }

    [Fact]
    public async Task InitializeAsync_ApprovalInTheNewMessages_LeavesTheRequestOpen()
    {
        await StoreAsync(User(), Request("1"));
        var answer = ((ToolApprovalRequestContent)Request("1").Contents[0]).CreateResponse(approved: true);

        var (agent, result) = await LoadAsync(new ChatMessage(ChatRole.User, [answer]));

        Assert.IsType<ToolApprovalRequestContent>(Assert.Single(agent.Messages[^1].Contents));
        Assert.True(result.Repair.IsEmpty);
    }

    [Fact]
    public async Task InitializeAsync_RedactedCall_LosesItsResult()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);
        await session.AppendMessageAsync(Call("1"), agent, Cancellation);
        await session.RedactLatestMessageAsync(Assistant("[redacted]"), agent, cancellationToken: Cancellation);
        await session.AppendMessageAsync(Result("1"), agent, Cancellation);

        var (loaded, result) = await LoadAsync();

        Assert.Equal(["user: Hello", "assistant: [redacted]"], loaded.Messages.Select(Format));
        Assert.Equal(new HistoryRepair { OrphanResultCount = 1 }, result.Repair);
    }

    [Fact]
    public async Task InitializeAsync_RedactedResult_InterruptsItsCall()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Call("1"), agent, Cancellation);
        await session.AppendMessageAsync(Result("1"), agent, Cancellation);
        await session.RedactLatestMessageAsync(User("[redacted]"), agent, cancellationToken: Cancellation);

        var (loaded, result) = await LoadAsync();

        Assert.Equal(["assistant: call 1", $"tool: 1 {Interrupted}", "user: [redacted]"], loaded.Messages.Select(Format));
        Assert.Equal(OneCall, result.Repair);
    }

    private static ChatMessage Call(params string[] ids) => new(ChatRole.Assistant, [.. ids.Select(id => new FunctionCallContent(id, "get_order"))]);

    private static ChatMessage Result(string id) => new(ChatRole.Tool, [new FunctionResultContent(id, "done")]);

    private static ChatMessage Request(string id) => new(ChatRole.Assistant, [new ToolApprovalRequestContent($"r{id}", new FunctionCallContent(id, "get_order"))]);

    private static string Format(ChatMessage message) => $"{message.Role}: {string.Join(", ", message.Contents.Select(content => content switch
    {
        FunctionCallContent call => $"call {call.CallId}",
        FunctionResultContent result => $"{result.CallId} {result.Result}",
        _ => content.ToString(),
    }))}";

    private async Task StoreAsync(params ChatMessage[] messages)
    {
        var (session, agent) = await StartAsync();
        foreach (var message in messages)
        {
            await session.AppendMessageAsync(message, agent, Cancellation);
        }
    }

    private async Task<(SessionAgent Agent, AgentInitialization Result)> LoadAsync(params ChatMessage[] newMessages)
    {
        var agent = CreateAgent();
        return (agent, await Open().InitializeAsync(agent, new AgentInitializationOptions { NewMessages = newMessages }, Cancellation));
    }

    private async Task<List<string>> ListAsync() =>
        [.. (await Open().ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => $"{message.Position} {message.UpdatedAt:O} {Format(message.Message)}")];
}
