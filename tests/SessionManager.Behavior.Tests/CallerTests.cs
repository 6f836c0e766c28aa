using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// What the caller learns of an answer.
/// </summary>
public sealed class CallerTests(Stores stores) : BehaviorTests(stores)
{
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case31_Answer_HasItsStoredPositionAndId(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        for (var turn = 1; turn <= 2; turn++)
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel($"a{turn}"));

            var response = await process.SendAsync($"u{turn}");

            var stored = (await process.ListMessagesAsync())[^1];
            var answer = response.Messages[^1];
            Assert.Equal($"a{turn}", answer.Text);
            Assert.False(string.IsNullOrEmpty(stored.Message.MessageId));
            Assert.Equal(stored.Message.MessageId, answer.MessageId);
            Assert.Equal(stored.Position, answer.GetStoredPosition());
            Assert.False(stored.Message.AdditionalProperties?.ContainsKey("position") ?? false);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case31_AnswerWithAnIdOfTheProvider_KeepsIt(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(new TextContent("Hi.")) { MessageId = "msg_1" }));

        var response = await process.SendAsync("Hello");

        var stored = (await process.ListMessagesAsync())[^1];
        Assert.Equal("msg_1", response.Messages[^1].MessageId);
        Assert.Equal("msg_1", stored.Message.MessageId);
        Assert.Equal(stored.Position, response.Messages[^1].GetStoredPosition());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case31_AnswersOfARunWithATool_HaveTheirStoredIds(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), "In Rome."), tools);

        var response = await process.SendAsync("Where?");

        var stored = await process.ListMessagesAsync();
        Assert.Equal(["assistant: call locate", "tool: result Rome", "assistant: In Rome."], response.Messages.Select(ScriptedRequest.Show));

        // The result is known by its call.
        Assert.Equal(stored[1].Message.MessageId, response.Messages[0].MessageId);
        Assert.Equal(stored[3].Message.MessageId, response.Messages[2].MessageId);
        Assert.Equal(3, response.Messages[2].GetStoredPosition());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case31_RequestsOwnMessages_GetTheirIds(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var question = User("Hello");
        var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi."));

        await process.SendAsync(question);

        Assert.Equal((await process.ListMessagesAsync())[0].Message.MessageId, question.MessageId);
        Assert.Null(process.Model.Requests[0].Messages[0].MessageId);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case31_FeedbackByTheAnswersId_IsToItsPosition(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var response = await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync("Hello");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel());
        await using var session = next.Sessions.Create(SessionId);

        var feedback = new Feedback { Rating = FeedbackRating.Up, AgentId = Conversation.AgentId, MessageId = response.Messages[^1].MessageId };
        await session.AddFeedbackAsync(feedback, Cancellation);

        var stored = Assert.Single(await session.GetFeedbacksAsync(Cancellation));
        Assert.Equal((FeedbackRating.Up, 1), (stored.Rating, stored.Position));
        Assert.Equal("Hi.", (await next.ListMessagesAsync()).Single(message => message.Position == stored.Position).Message.Text);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case34_FinishReasonAndResponseId_AreReadAfterALoad(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("locate")) { FinishReason = ChatFinishReason.ToolCalls, ResponseId = "resp_1" },
            new ScriptedAnswer(new TextContent("In Ro")) { FinishReason = ChatFinishReason.Length, ResponseId = "resp_2" });
        await Start(wiring, isStreaming, isInMemory, model, tools).SendAsync("Where?");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("me."), tools);

        var answer = (await next.ListMessagesAsync())[^1].Message;
        Assert.Equal("In Ro", answer.Text);
        Assert.Equal("length", answer.AdditionalProperties?["finish_reason"]?.ToString());
        Assert.Equal("resp_2", answer.AdditionalProperties?["response_id"]?.ToString());

        // A model has no use for them.
        await next.SendAsync("Go on.");
        Assert.All(next.Model.Requests[0].Messages, message => Assert.False(message.AdditionalProperties?.ContainsKey("finish_reason") ?? false));
    }
}
