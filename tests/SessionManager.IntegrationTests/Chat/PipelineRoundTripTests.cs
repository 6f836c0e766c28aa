using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;
using SessionManager.Testing.Messages;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// Messages with contents of every type, as the user's and as the model's: the model of the next turn receives them equal.
/// </summary>
public sealed class PipelineRoundTripTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int MessageCount = 50;

    private int _callCount;
    private int _messageCount;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, int> Rounds => [.. from isStreaming in new[] { false, true } from round in Enumerable.Range(0, 6) select (isStreaming, round)];

    // 2 kinds of calls, 6 rounds, 100 messages each.
    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Ask_AnyMessages_ReachTheModelOfTheNextTurnEqual(bool isStreaming, int round)
    {
        var seed = (ulong)Random.Shared.NextInt64() + (ulong)round;
        var generated = ChatMessageGenerators.Message.Sample(2 * MessageCount, new Rnd(seed), 50).ToList();
        List<ChatMessage> request = [new(ChatRole.User, "Not a system message."), .. Arrange(generated[..MessageCount])];
        List<ChatMessage> answer = [.. Arrange(generated[MessageCount..])];
        var options = ScriptedPipeline.For(DatabaseFixture.NewSessionId());
        using var model = new AnsweringModel(new ChatResponse(answer));
        var received = await new ChatClientBuilder(model).UseSessionManager(ScriptedPipeline.AgentId).Build(database.Services)
            .AskAsync(isStreaming, request, options, Cancellation);
        await using var services = database.CreateServices();
        var next = new ScriptedModel("Hi") { TakesAnything = true };

        await next.Build(services).AskAsync(isStreaming, "And now?", options, Cancellation);

        ChatMessage[] expected = [.. request, .. (isStreaming ? received.Messages : answer).Where(message => message.Contents.Count > 0), new(ChatRole.User, "And now?")];
        var found = Assert.Single(next.Requests).Messages;
        Assert.True(expected.Length == found.Count, $"seed {seed}: {expected.Length} messages, found {found.Count}");
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Record.Exception(() => ChatMessageAssert.Equal(AsSent(expected[i]), AsSent(found[i])));
            Assert.True(error is null, $"seed {seed}, message {i}: {error?.Message}");
        }
    }

    // The caller is told ids and positions that are nothing to the model.
    private static ChatMessage AsSent(ChatMessage message)
    {
        var sent = message.Clone();
        sent.MessageId = message.MessageId?.StartsWith("session-message-", StringComparison.Ordinal) == true ? null : message.MessageId;
        sent.AdditionalProperties = new(message.AdditionalProperties ?? []);
        sent.AdditionalProperties.Remove("position");
        sent.AdditionalProperties = sent.AdditionalProperties.Count > 0 ? sent.AdditionalProperties : null;
        return sent;
    }

    /// <summary>
    /// Gives each call the result that is right behind it, and each request its answer, as valid histories have them: the
    /// rest would be repaired, and rightly so.
    /// </summary>
    private IEnumerable<ChatMessage> Arrange(IEnumerable<ChatMessage> messages)
    {
        foreach (var message in messages)
        {
            // Blank texts are never sent, and what has the id of another message is that one.
            message.Contents = [.. message.Contents.Where(content => content is not TextContent { Text: var text } || !string.IsNullOrWhiteSpace(text))];
            message.MessageId = $"{message.MessageId}-{++_messageCount}";
            List<AIContent> contents = [];
            List<AIContent> results = [];
            List<AIContent> responses = [];
            foreach (var content in message.Contents)
            {
                Arrange(content, contents, results, responses);
            }

            message.Contents = contents;
            if (contents.Count == 0)
            {
                continue;
            }

            message.Role = results.Count > 0 ? ChatRole.Assistant : message.Role;
            yield return message;
            if (results.Count > 0)
            {
                yield return new ChatMessage(ChatRole.Tool, results);
            }

            if (responses.Count > 0)
            {
                yield return new ChatMessage(ChatRole.User, responses);
            }
        }
    }

    private void Arrange(AIContent content, List<AIContent> contents, List<AIContent> results, List<AIContent> responses)
    {
        var id = $"call-{_callCount++}";
        switch (content)
        {
            case FunctionCallContent call:
                contents.Add(With(new FunctionCallContent(id, call.Name, call.Arguments) { InformationalOnly = call.InformationalOnly, Exception = call.Exception }, call));
                results.Add(new FunctionResultContent(id, "the result"));
                break;
            case FunctionResultContent result:
                contents.Add(new FunctionCallContent(id, "tool"));
                results.Add(With(new FunctionResultContent(id, result.Result) { Exception = result.Exception }, result));
                break;
            case ToolApprovalRequestContent { ToolCall: FunctionCallContent } or ToolApprovalResponseContent { ToolCall: FunctionCallContent }:
                // Loaded as the call alone, which has tests of its own.
                break;
            case ToolApprovalRequestContent request:
                contents.Add(With(new ToolApprovalRequestContent(id, request.ToolCall) { RequiresConfirmation = request.RequiresConfirmation }, request));
                responses.Add(new ToolApprovalResponseContent(id, true, request.ToolCall));
                break;
            case ToolApprovalResponseContent response:
                contents.Add(new ToolApprovalRequestContent(id, response.ToolCall));
                responses.Add(With(new ToolApprovalResponseContent(id, response.Approved, response.ToolCall) { Reason = response.Reason }, response));
                break;
            default:
                contents.Add(content);
                break;
        }
    }

    private static T With<T>(T content, AIContent other)
        where T : AIContent
    {
        content.Annotations = other.Annotations;
        content.AdditionalProperties = other.AdditionalProperties;
        return content;
    }

    // Takes anything, as the next model does: what goes round is any message there can be, which no provider takes.
    private sealed class AnsweringModel(ChatResponse response) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(response);

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            CancellationToken cancellationToken = default) => response.ToChatResponseUpdates().ToAsyncEnumerable();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
