using System.Diagnostics;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Services behind a model that keep state of their own, and traces.
/// </summary>
public sealed class ServiceTests(Stores stores) : IClassFixture<Stores>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<Wiring, bool, bool> Ways { get; } =
        new([Wiring.Inside, Wiring.Outside, Wiring.Agent, Wiring.AgentOverPipeline], [false, true], [false, true]);

    public static MatrixTheoryData<bool, bool> Pipelines { get; } = new([false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case24_ServiceThatReturnsAConversationOfItsOwn_LeavesTheHistoryToTheSession(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var options = new ConversationOptions
        {
            Wiring = wiring,
            IsStreaming = isStreaming,
            SessionId = _sessionId,
            Model = new ScriptedModel(new ScriptedAnswer(new TextContent("Hi.")) { ConversationId = "resp_1" }),
        };
        await Conversation.Start(stores.StartProcess(isInMemory), options).SendAsync("Hello");
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Bye.")) { ConversationId = "resp_2" });
        var next = Conversation.Start(stores.StartProcess(isInMemory), options with { Model = model });

        await next.SendAsync("Goodbye");

        Assert.Equal(["user: Hello", "assistant: Hi.", "user: Goodbye", "assistant: Bye."], await next.ListAsync());
        Assert.Equal(["user: Hello", "assistant: Hi.", "user: Goodbye"], model.Requests[0].Lines);
        Assert.Null(model.Requests[0].Options?.ConversationId);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Case30_OpenTelemetryInsideOfSessions_HasTheSession(bool isInside, bool isStreaming)
    {
        var sourceName = $"traces-{_sessionId}";
        List<Activity> activities = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == sourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var builder = new ChatClientBuilder(new ScriptedModel("Hi.", "Bye."));
        builder = isInside ? builder.UseFunctionInvocation().UseSessionManager("support") : builder.UseSessionManager("support").UseFunctionInvocation();
        using var client = builder.UseOpenTelemetry(sourceName: sourceName).Build(stores.StartProcess(isInMemory: true));

        await client.AskAsync(isStreaming, "Hello", ScriptedPipeline.For(_sessionId), Cancellation);
        await client.AskAsync(isStreaming, "Goodbye", ScriptedPipeline.For($"{_sessionId}-2"), Cancellation);

        Assert.Equal(
            [_sessionId, $"{_sessionId}-2"],
            activities.Where(activity => activity.Kind == ActivityKind.Client).Select(activity => activity.GetTagItem("gen_ai.conversation.id")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case8_AgentThatDropsTheApproval_ThrowsAndSaysWhatToSet(bool isStreaming)
    {
        var runCount = 0;
        AITool tool = new ApprovalRequiredAIFunction(AIFunctionFactory.Create(() => $"{++runCount} done", "refund"));
        var pipeline = new ChatClientBuilder(new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund")), "Done."))
            .UseSessionManager("support").UseFunctionInvocation().Build(stores.StartProcess(isInMemory: true));
        var dropping = pipeline.AsAIAgent(new ChatClientAgentOptions { Name = "support", ChatOptions = new() { Tools = [tool] } });
        var asked = await dropping.RunAsync("Refund it.", await dropping.CreateSessionAsync(_sessionId, Cancellation), cancellationToken: Cancellation);
        var request = asked.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().Single();

        async Task ApproveAsync(ChatClientAgent agent)
        {
            var session = await agent.CreateSessionAsync(_sessionId, Cancellation);
            ChatMessage[] approval = [new(ChatRole.User, [request.CreateResponse(true)])];
            _ = isStreaming
                ? await agent.RunStreamingAsync(approval, session, cancellationToken: Cancellation).ToAgentResponseAsync(Cancellation)
                : await agent.RunAsync(approval, session, cancellationToken: Cancellation);
        }

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ApproveAsync(dropping));
        Assert.Contains("DisableApprovalResponseBinding", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, runCount);

        var binding = pipeline.AsAIAgent(
            new ChatClientAgentOptions { Name = "support", ChatOptions = new() { Tools = [tool] }, DisableApprovalResponseBinding = true });
        await ApproveAsync(binding);
        Assert.Equal(1, runCount);
    }
}
