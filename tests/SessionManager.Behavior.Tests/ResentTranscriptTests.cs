using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Clients that send the whole transcript at every request.
/// </summary>
public sealed class ResentTranscriptTests(Stores stores) : BehaviorTests(stores)
{
    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case1_ResultOfAClientsToolInTheTranscript_AnswersTheStoredCall(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var call = ScriptedModel.Call("locate");
        AITool[] tools = [ScriptedPipeline.Tool("locate").AsDeclarationOnly()];
        var transcript = new Transcript(ids);
        var first = await Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(call)), tools).SendAsync(transcript.Say("Where am I?"));
        transcript.Add(first.Messages);
        transcript.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "Rome")]) { MessageId = "t1" });
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("In Rome."), tools);

        await next.SendAsync(transcript.Send());

        string[] expected = ["user: Where am I?", "assistant: call locate", "tool: result Rome", "assistant: In Rome."];
        Assert.Equal(expected, await next.ListAsync());
        Assert.Equal(expected[..3], next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case3_ThreeTurnsWithAToolCallEach_StoresEachMessageOnce(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        var transcript = new Transcript(ids);
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), $"In Rome {turn}.");
            var process = Start(wiring, isStreaming, isInMemory, model, tools);

            var response = await process.SendAsync(transcript.Say($"Where {turn}?"));

            transcript.Add(response.Messages);
            expected.Add($"user: Where {turn}?");
            Assert.Equal(expected, model.Requests[0].Lines);
            expected.AddRange(["assistant: call locate", "tool: result Rome"]);
            Assert.Equal(expected, model.Requests[1].Lines);
            expected.Add($"assistant: In Rome {turn}.");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case3_CallsWithOneIdInEveryTurn_StoresEachMessageOnce(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        var transcript = new Transcript(ids);
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var model = new ScriptedModel(new ScriptedAnswer(new FunctionCallContent("call_0", "locate")), $"In Rome {turn}.");
            var process = Start(wiring, isStreaming, isInMemory, model, tools);

            var response = await process.SendAsync(transcript.Say($"Where {turn}?"));

            transcript.Add(response.Messages);
            expected.AddRange([$"user: Where {turn}?", "assistant: call locate", "tool: result Rome"]);
            Assert.Equal(expected, model.Requests[1].Lines);
            expected.Add($"assistant: In Rome {turn}.");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case3_ParallelCallsEachTurn_StoresEachResultOnce(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate"), AIFunctionFactory.Create(() => "noon", "time")];
        var transcript = new Transcript(ids);
        List<string> stored = [];
        List<string> sent = [];
        for (var turn = 1; turn <= 2; turn++)
        {
            var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate"), ScriptedModel.Call("time")), $"Rome at noon {turn}.");
            var process = Start(wiring, isStreaming, isInMemory, model, tools);

            var response = await process.SendAsync(transcript.Say($"Where and when {turn}?"));

            transcript.Add(response.Messages);
            sent.AddRange([$"user: Where and when {turn}?", "assistant: call locate | call time", "tool: result Rome | result noon"]);
            Assert.Equal(sent, model.Requests[1].Lines);
            sent.Add($"assistant: Rome at noon {turn}.");
            stored.AddRange([.. sent[^4..^2], "tool: result Rome", "tool: result noon", sent[^1]]);
            Assert.Equal(stored, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case4_WindowAndWholeTranscript_KeepsTheRequestInTheWindow(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        // The first turn of each request, with a window that goes from more than 6 messages to 4, and begins with the user.
        int[] firstTurns = [1, 1, 1, 3, 3, 5, 5, 7];
        var transcript = new Transcript(ids);
        List<string> expected = [];
        for (var turn = 1; turn <= 8; turn++)
        {
            var process = Start(
                wiring, isStreaming, isInMemory, new ScriptedModel($"a{turn}"), configure: options => options with { Window = new HistoryWindow { MaxMessages = 6 } });

            var response = await process.SendAsync(transcript.Say($"u{turn}"));

            transcript.Add(response.Messages);
            expected.Add($"user: u{turn}");
            Assert.Equal(expected.Skip((firstTurns[turn - 1] - 1) * 2), process.Model.Requests[0].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case5_IdsOnUserMessagesOnly_StoresNothingTwice(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var transcript = new Transcript(Ids.OfUser);
        List<string> expected = [];
        foreach (var text in (string[])["next", "ok", "next", "next"])
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Go on."));

            var response = await process.SendAsync(transcript.Say(text));

            transcript.Add(response.Messages);
            expected.Add($"user: {text}");
            Assert.Equal(expected, process.Model.Requests[0].Lines);
            expected.Add("assistant: Go on.");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case5_TextsThatOccurAgain_AreNewMessages(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        List<string> expected = [];
        foreach (var (text, answer) in ((string, string)[])[("next", "1"), ("ok", "ok"), ("next", "2"), ("next", "2"), ("ok", "ok"), ("ok", "1")])
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel(answer));

            var response = await process.SendAsync(transcript.Say(text));

            transcript.Add(response.Messages);
            expected.Add($"user: {text}");
            Assert.Equal(expected, process.Model.Requests[0].Lines);
            expected.Add($"assistant: {answer}");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case5_NothingButTheNewMessage_SaidAgainAfterAnAnswer_IsNew(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Done."));

            await process.SendAsync("next");

            expected.Add("user: next");
            Assert.Equal(expected, process.Model.Requests[0].Lines);
            expected.Add("assistant: Done.");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case6_TextInFrontOfAResult_IsSentBehindIt(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var call = ScriptedModel.Call("locate");
        AITool[] tools = [ScriptedPipeline.Tool("locate").AsDeclarationOnly()];
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(call)), tools).SendAsync("Where am I?");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("In Rome."), tools);

        await next.SendAsync(User("Hurry!"), new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "Rome")]));

        string[] expected = ["user: Where am I?", "assistant: call locate", "tool: result Rome", "user: Hurry!", "assistant: In Rome."];
        Assert.Equal(expected, await next.ListAsync());
        Assert.Equal(expected[..4], next.Model.Requests[0].Lines);
    }
}
