using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// Tools that a person has to allow, and tools that the caller answers, each in a second host.
/// </summary>
public sealed class ApprovalTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private int _callCount;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool, bool> Approvals =>
        [.. from isInside in new[] { true, false } from isStreaming in new[] { true, false } from isApproved in new[] { true, false } select (isInside, isStreaming, isApproved)];

    public static TheoryData<bool, bool> Pipelines => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    private ApprovalRequiredAIFunction Refund => new(ScriptedPipeline.Tool("refund", () => _callCount++));

    [Theory]
    [MemberData(nameof(Approvals))]
    public async Task Ask_ApprovalInTheNextRun_ActsOnIt(bool isInside, bool isStreaming, bool isApproved)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 1)), ScriptedModel.Call("orders", ("number", 2))), "Done", "Bye");
        var first = await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "My money!"));
        var requests = first.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>().ToList();
        var callCount = _callCount;

        var second = await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, [.. requests.Select(request => request.CreateResponse(isApproved))]));
        await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "Thanks"));

        Assert.Equal(2, requests.Count);
        Assert.Equal((0, isApproved ? 1 : 0), (callCount, _callCount));
        Assert.Equal("Done", second.Messages[^1].Text);
        var results = isApproved ? "tool: result refund 1 | result orders 2" : model.Requests[1].Lines[^1];
        Assert.Equal(!isApproved, results.Contains("rejected", StringComparison.Ordinal));
        string[] expected = ["user: My money!", "assistant: call refund | call orders", results];
        Assert.Equal(expected, model.Requests[1].Lines);
        Assert.Equal([.. expected, "assistant: Done", "user: Thanks"], model.Requests[2].Lines);
        AssertValid(model);
        await AssertStoredAsync(isInside
            ? [.. expected, "assistant: Done", "user: Thanks", "assistant: Bye"]
            : [expected[0], "assistant: may I refund? | may I orders?", isApproved ? "user: yes | yes" : "user: no | no", expected[1], .. isApproved ? ["tool: result refund 1", "tool: result orders 2"] : expected[2..], "assistant: Done", "user: Thanks", "assistant: Bye"]);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_ApprovalNeverGiven_GoesOn(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 1))), "Then what?", "Bye");
        await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "My money!"));

        await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "Never mind."));
        await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "Thanks"));

        Assert.Equal(0, _callCount);
        Assert.Equal("user: Never mind.", model.Requests[1].Lines[^1]);
        AssertValid(model);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_DeclaredTool_IsAnsweredByTheCallerInTheNextRun(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Look:"), ScriptedModel.Call("show_map", ("number", 1))), "Done");
        var first = await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "Where?"));
        var call = Assert.Single(first.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());

        var second = await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "shown")]));

        string[] expected = ["user: Where?", "assistant: Look: | call show_map", "tool: result shown"];
        Assert.Equal(expected, model.Requests[1].Lines);
        Assert.Equal("Done", second.Text);
        AssertValid(model);
        await AssertStoredAsync([.. expected, "assistant: Done"]);
        Assert.Equal(1, (await database.FindMessagesAsync(_sessionId))[3]["event_loop_metrics"]["tool_usage"]["show_map"]["call_count"].ToInt32());
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_DeclaredToolNeverAnswered_GoesOn(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("show_map", ("number", 1))), "Then what?");
        await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "Where?"));

        await AskAsync(model, isInside, isStreaming, new ChatMessage(ChatRole.User, "Never mind."));

        Assert.Equal("user: Never mind.", model.Requests[1].Lines[^1]);
        AssertValid(model);
    }

    private static void AssertValid(ScriptedModel model) => Assert.All(model.Requests, request => AssertValid(request.Messages));

    // What providers insist on: each call is followed by its result at once, and no result stands alone.
    private static void AssertValid(IReadOnlyList<ChatMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            Assert.DoesNotContain(messages[i].Contents, content => content is ToolApprovalRequestContent or ToolApprovalResponseContent);
            var calls = messages[i].Contents.OfType<FunctionCallContent>().Select(call => call.CallId).ToList();
            var results = i + 1 < messages.Count ? messages[i + 1].Contents.OfType<FunctionResultContent>().Select(result => result.CallId) : [];
            Assert.Equal(calls.Order(), results.Order());
        }
    }

    private async Task<ChatResponse> AskAsync(ScriptedModel model, bool isInside, bool isStreaming, ChatMessage message)
    {
        await using var services = database.CreateServices();
        var options = ScriptedPipeline.For(_sessionId, Refund, ScriptedPipeline.Tool("orders"), ScriptedPipeline.Tool("show_map").AsDeclarationOnly());
        return await model.Build(services, isInside, options => options.AllowUnguardedApprovals = isInside).AskAsync(isStreaming, [message], options, Cancellation);
    }

    private async Task AssertStoredAsync(string[] expected)
    {
        await using var session = database.Factory.Create(_sessionId);
        var stored = await session.ListMessagesAsync(ScriptedPipeline.AgentId, cancellationToken: Cancellation);
        Assert.Equal(expected, stored.Select(message => ScriptedRequest.Show(message.Message)));
    }
}
