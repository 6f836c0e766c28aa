using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// What a tool has returned is stored, whatever happens then.
/// </summary>
public sealed class ToolResultTests(Stores stores) : BehaviorTests(stores)
{
    private const string OutcomeUnknown = "The outcome of this call is not known. It may have been carried out, or may still be running.";

    public static MatrixTheoryData<Wiring, bool, bool, bool> WaysInParallel { get; } =
        new(Enum.GetValues<Wiring>(), [false, true], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case9_ToolThatEndsTheRun_IsStoredCountedAndSent(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var tool = AIFunctionFactory.Create(
            () =>
            {
                FunctionInvokingChatClient.CurrentContext!.Terminate = true;
                return "ticket 7";
            },
            "escalate");
        var first = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("escalate"))), [tool]);

        await first.SendAsync("I want a person.");

        string[] expected = ["user: I want a person.", "assistant: call escalate", "tool: result ticket 7"];
        Assert.Equal(expected, await first.ListAsync());
        await AssertToolCountAsync(first, "escalate");

        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("It is ticket 7."), [tool]);
        await next.SendAsync("And now?");

        Assert.Equal([.. expected, "user: And now?"], next.Model.Requests[0].Lines);
        Assert.Equal([.. expected, "user: And now?", "assistant: It is ticket 7."], await next.ListAsync());
        await AssertToolCountAsync(next, "escalate");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case10_ModelFailsAfterATool_CallAndResultAreStored(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "paid", "pay")];
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("pay")), new ScriptedAnswer { Failure = Unavailable });
        var first = Start(wiring, isStreaming, isInMemory, model, tools);

        await Assert.ThrowsAsync<HttpRequestException>(() => first.SendAsync("Pay."));

        string[] expected = ["user: Pay.", "assistant: call pay", "tool: result paid"];
        Assert.Equal(expected, await first.ListAsync());
        await AssertToolCountAsync(first, "pay");

        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Paid."), tools);
        await next.SendAsync("Did you?");

        Assert.Equal([.. expected, "user: Did you?"], next.Model.Requests[0].Lines);
        Assert.Equal([.. expected, "user: Did you?", "assistant: Paid."], await next.ListAsync());
        await AssertToolCountAsync(next, "pay");
    }

    [Theory]
    [MemberData(nameof(WaysInParallel))]
    public async Task Case11_SiblingThrows_ResultIsStored(Wiring wiring, bool isStreaming, bool isInMemory, bool isConcurrent)
    {
        var paid = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AITool[] tools =
        [
            AIFunctionFactory.Create(
                () =>
                {
                    paid.SetResult();
                    return "paid";
                },
                "pay"),
            AIFunctionFactory.Create(
                async () =>
                {
                    await paid.Task;
                    throw new InvalidOperationException("No paper.");
                },
                "print"),
        ];
        var first = StartWithSiblings(wiring, isStreaming, isInMemory, tools, isConcurrent);

        await Assert.ThrowsAnyAsync<Exception>(() => first.SendAsync("Pay and print."));

        await AssertOneResultAsync(first, wiring, isStreaming, isInMemory);
    }

    [Theory]
    [MemberData(nameof(WaysInParallel))]
    public async Task Case11_SiblingIsCancelled_ResultIsStored(Wiring wiring, bool isStreaming, bool isInMemory, bool isConcurrent)
    {
        using var cancellation = new CancellationTokenSource();
        var paid = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AITool[] tools =
        [
            AIFunctionFactory.Create(
                () =>
                {
                    paid.SetResult();
                    return "paid";
                },
                "pay"),
            AIFunctionFactory.Create(
                async (CancellationToken cancellationToken) =>
                {
                    await paid.Task;
                    await cancellation.CancelAsync();
                    cancellationToken.ThrowIfCancellationRequested();
                    return "printed";
                },
                "print"),
        ];
        var first = StartWithSiblings(wiring, isStreaming, isInMemory, tools, isConcurrent, cancellation.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.SendAsync("Pay and print."));

        await AssertOneResultAsync(first, wiring, isStreaming, isInMemory);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case12_SecondMessageWhileAToolRuns_WaitsForTheTurnAndSeesItWhole(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var (tool, _, released, first) = await StartToolAsync(wiring, isStreaming, isInMemory);
        var second = Start(wiring, isStreaming, isInMemory, new ScriptedModel("A moment."), [tool]);

        var refused = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Never."), [tool], options => options with { WhenBusy = WhenBusy.Fail });
        await Assert.ThrowsAsync<SessionBusyException>(() => refused.SendAsync("Now?"));
        var waiting = second.SendAsync("Well?");
        released.SetResult();
        await first;
        await waiting;

        Assert.Equal(
            ["user: Pay.", "assistant: call pay", "tool: result paid", "assistant: It is paid.", "user: Well?"], second.Model.Requests[0].Lines);
        Assert.Equal(
            ["user: Pay.", "assistant: call pay", "tool: result paid", "assistant: It is paid.", "user: Well?", "assistant: A moment."],
            await second.ListAsync());
        Assert.Empty(refused.Model.Requests);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case12_SecondMessageWhileAToolRunsWithoutRuns_DeniesNothing(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var (tool, model, released, first) = await StartToolAsync(wiring, isStreaming, isInMemory, WithoutRuns);
        var second = Start(wiring, isStreaming, isInMemory, new ScriptedModel("A moment."), [tool], WithoutRuns);

        await second.SendAsync("Well?");
        released.SetResult();
        await first;

        // The call is stored before its tool runs where every model call is.
        var isCallStored = wiring is Wiring.Inside or Wiring.AgentPerModelCall;
        Assert.Equal(
            isCallStored
                ? ["user: Pay.", "assistant: call pay", $"tool: result {OutcomeUnknown}", "user: Well?"]
                : ["user: Pay.", "user: Well?"],
            second.Model.Requests[0].Lines);
        Assert.Equal(["user: Pay.", "assistant: call pay", "tool: result paid"], model.Requests[1].Lines);
        Assert.Equal(
            isCallStored
                ? ["user: Pay.", "assistant: call pay", "user: Well?", "assistant: A moment.", "tool: result paid", "assistant: It is paid."]
                : ["user: Pay.", "user: Well?", "assistant: A moment.", "assistant: call pay", "tool: result paid", "assistant: It is paid."],
            await second.ListAsync());

        var third = Start(wiring, isStreaming, isInMemory, new ScriptedModel("You are welcome."), [tool], WithoutRuns);
        await third.SendAsync("Thanks.");

        Assert.Equal(
            isCallStored
                ? ["user: Pay.", "assistant: call pay", "tool: result paid", "user: Well?", "assistant: A moment.", "assistant: It is paid.", "user: Thanks."]
                : ["user: Pay.", "user: Well?", "assistant: A moment.", "assistant: call pay", "tool: result paid", "assistant: It is paid.", "user: Thanks."],
            third.Model.Requests[0].Lines);
    }

    private static async Task AssertToolCountAsync(Conversation conversation, string tool)
    {
        ToolMetrics[] usages = [.. (await conversation.ListMessagesAsync()).Select(message => message.EventLoopMetrics?.ToolUsage.GetValueOrDefault(tool)).OfType<ToolMetrics>()];
        Assert.Equal((1, 1), (usages.Sum(usage => usage.CallCount), usages.Sum(usage => usage.SuccessCount)));
    }

    private static ConversationOptions WithoutRuns(ConversationOptions options) => options with { WhenBusy = WhenBusy.Interleave };

    /// <summary>
    /// Begins a turn, up to its tool, which stays until it is released.
    /// </summary>
    private async Task<(AITool Tool, ScriptedModel Model, TaskCompletionSource Released, Task First)> StartToolAsync(
        Wiring wiring, bool isStreaming, bool isInMemory, Func<ConversationOptions, ConversationOptions>? configure = null)
    {
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tool = AIFunctionFactory.Create(
            async () =>
            {
                running.SetResult();
                await released.Task;
                return "paid";
            },
            "pay");
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("pay")), "It is paid.");
        var first = Task.Run(() => Start(wiring, isStreaming, isInMemory, model, [tool], configure).SendAsync("Pay."), Cancellation);
        await await Task.WhenAny(running.Task, first);
        return (tool, model, released, first);
    }

    private Conversation StartWithSiblings(
        Wiring wiring, bool isStreaming, bool isInMemory, AITool[] tools, bool isConcurrent, CancellationToken? cancellation = null)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("pay"), ScriptedModel.Call("print")));
        return Start(wiring, isStreaming, isInMemory, model, tools, options => options with
        {
            Cancellation = cancellation ?? Cancellation,
            ConfigureInvocation = invocation =>
            {
                invocation.AllowConcurrentInvocation = isConcurrent;
                invocation.MaximumConsecutiveErrorsPerRequest = 0;
            },
        });
    }

    private async Task AssertOneResultAsync(Conversation first, Wiring wiring, bool isStreaming, bool isInMemory)
    {
        string[] expected = ["user: Pay and print.", "assistant: call pay | call print", "tool: result paid"];
        Assert.Equal(expected, await first.ListAsync());
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Paid."));

        await next.SendAsync("Well?");

        Assert.Equal([.. expected[..2], $"tool: result paid | result {OutcomeUnknown}", "user: Well?"], next.Model.Requests[0].Lines);
        Assert.Equal([.. expected, "user: Well?", "assistant: Paid."], await next.ListAsync());
        await AssertToolCountAsync(next, "pay");
    }
}
