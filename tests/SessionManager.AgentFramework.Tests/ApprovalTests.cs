using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

public sealed class ApprovalTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private int _callCount;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool, bool, bool> Ways { get; } = new([false, true], [false, true], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_ApprovedInAnotherHost_CallsTheToolOnceAndGoesOn(bool isLed, bool isStreaming, bool isPerModelCall, bool isApproved)
    {
        JsonElement serialized;
        ToolApprovalRequestContent request;
        await using (var host = Start(isLed, isPerModelCall, new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 7))))))
        {
            var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
            var response = await host.Agent.AskAsync(isStreaming, session, "Refund it.");
            request = Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>());
            serialized = await host.Agent.SerializeSessionAsync(session, cancellationToken: Cancellation);
        }

        var model = new ScriptedModel("Done.", "You are welcome.");
        await using var next = Start(isLed, isPerModelCall, model);
        var restored = await next.Agent.DeserializeSessionAsync(serialized, cancellationToken: Cancellation);
        await next.Agent.AskAsync(isStreaming, restored, new ChatMessage(ChatRole.User, [request.CreateResponse(isApproved)]));
        await next.Agent.AskAsync(isStreaming, restored, "Thanks.");

        Assert.Equal(isApproved ? 1 : 0, _callCount);
        Assert.Equal("user: Refund it.", model.Requests[0].Lines[0]);
        var result = Assert.Single(model.Requests[0].Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>());
        Assert.Equal(isApproved, result.Result is JsonElement { ValueKind: JsonValueKind.String } text && text.GetString() == "refund 7");
        AssertAcceptable(model.Requests[1].Messages);
        Assert.Equal("user: Thanks.", model.Requests[1].Lines[^1]);
        var stored = await next.ListAsync(_sessionId);
        Assert.Equal("user: Refund it.", stored[0]);
        Assert.Single(stored, line => line.StartsWith("tool: result", StringComparison.Ordinal));
        Assert.Equal(["assistant: Done.", "user: Thanks.", "assistant: You are welcome."], stored.TakeLast(3));
        Assert.Equal(stored.Count, stored.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_RequestNeverAnswered_GoesOn(bool isLed, bool isStreaming, bool isPerModelCall, bool isRestored)
    {
        await using var host = Start(isLed, isPerModelCall, new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 7))), "As you like."));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        await host.Agent.AskAsync(isStreaming, session, "Refund it.");
        var model = new ScriptedModel("As you like.", "Fine.");
        await using var next = Start(isLed, isPerModelCall, model);
        var restored = isRestored
            ? await next.Agent.DeserializeSessionAsync(await host.Agent.SerializeSessionAsync(session, cancellationToken: Cancellation), cancellationToken: Cancellation)
            : await next.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await next.Agent.AskAsync(isStreaming, restored, "Never mind.");
        await next.Agent.AskAsync(isStreaming, restored, "Bye.");

        Assert.Equal(0, _callCount);
        AssertAcceptable(model.Requests[0].Messages);
        AssertAcceptable(model.Requests[1].Messages);
        Assert.Equal("user: Bye.", model.Requests[1].Lines[^1]);
    }

    private AgentHost Start(bool isLed, bool isPerModelCall, IChatClient model) => AgentHost.Start(database, model, isLed, options =>
    {
        options.ChatOptions!.Tools = [new ApprovalRequiredAIFunction(ScriptedPipeline.Tool("refund", () => Interlocked.Increment(ref _callCount)))];
        options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall;
    });

    // What providers refuse: a call without its result right after it, a result without its call, and approvals.
    private static void AssertAcceptable(IReadOnlyList<ChatMessage> messages)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            foreach (var content in message.Contents)
            {
                switch (content)
                {
                    case FunctionResultContent result:
                        Assert.True(open.Remove(result.CallId), $"A result without its call: {string.Join('\n', messages.Select(ScriptedRequest.Show))}");
                        break;
                    case FunctionCallContent call:
                        Assert.True(open.Add(call.CallId));
                        break;
                    default:
                        Assert.Empty(open);
                        Assert.IsNotType<ToolApprovalRequestContent>(content);
                        Assert.IsNotType<ToolApprovalResponseContent>(content);
                        break;
                }
            }
        }

        Assert.Empty(open);
    }
}
