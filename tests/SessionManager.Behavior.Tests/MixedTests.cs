using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Clients that do several things at once.
/// </summary>
public sealed class MixedTests(Stores stores) : BehaviorTests(stores)
{
    public static MatrixTheoryData<Wiring, bool, Ids> StreamsWithIds { get; } = new(Enum.GetValues<Wiring>(), [false, true], Enum.GetValues<Ids>());

    private static AITool[] Tools => [AIFunctionFactory.Create(() => "Rome", "locate")];

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case1And6_ResultAndTheNextQuestionInTheTranscript_AreSentInTheirOrder(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var call = ScriptedModel.Call("locate");
        AITool[] tools = [ScriptedPipeline.Tool("locate").AsDeclarationOnly()];
        var transcript = new Transcript(ids);
        transcript.Add((await Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(call)), tools).SendAsync(transcript.Say("Where am I?"))).Messages);
        transcript.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, "Rome")]) { MessageId = "t1" });
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("In Rome."), tools);

        await next.SendAsync(transcript.Say("Quick!"));

        string[] expected = ["user: Where am I?", "assistant: call locate", "tool: result Rome", "user: Quick!", "assistant: In Rome."];
        Assert.Equal(expected, await next.ListAsync());
        Assert.Equal(expected[..4], next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case3And4_ToolsAWindowAndWholeTranscripts_StayInTheWindow(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        List<string> expected = [];
        for (var turn = 1; turn <= 5; turn++)
        {
            var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), $"a{turn}");
            var process = Start(
                wiring, isStreaming, isInMemory, model, Tools, options => options with { Window = new HistoryWindow { MaxMessages = 6, MessagesAfterTrim = 5 } });

            transcript.Add((await process.SendAsync(transcript.Say($"u{turn}"))).Messages);

            expected.AddRange([$"user: u{turn}", "assistant: call locate", "tool: result Rome"]);
            string[] before = turn == 1 ? [] : [.. expected[^7..^3]];
            Assert.Equal([.. before, expected[^3]], model.Requests[0].Lines);
            Assert.Equal([.. before, .. expected[^3..]], model.Requests[1].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case3And15c_FailureBehindAToolAndTheWholeTranscriptAgain_GoesOn(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        transcript.Add((await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi."), Tools).SendAsync(transcript.Say("Hello"))).Messages);
        var failing = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), new ScriptedAnswer { Failure = Unavailable });
        await Assert.ThrowsAsync<HttpRequestException>(() => Start(wiring, isStreaming, isInMemory, failing, Tools).SendAsync(transcript.Say("Where?")));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("In Rome."), Tools);

        await next.SendAsync(transcript.Send());

        string[] expected = ["user: Hello", "assistant: Hi.", "user: Where?", "assistant: call locate", "tool: result Rome", "assistant: In Rome."];
        Assert.Equal(expected[..5], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(StreamsWithIds))]
    public async Task Case15a_HalfAnAnswerInTheTranscript_IsKnown(Wiring wiring, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        transcript.Add((await Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("Hi.")).SendAsync(transcript.Say("Hello"))).Messages);
        var broken = new ScriptedModel(new ScriptedAnswer(new TextContent("Once"), new TextContent(" upon")) { Failure = Unavailable });
        await Assert.ThrowsAsync<HttpRequestException>(() => Start(wiring, isStreaming: true, isInMemory, broken).SendAsync(transcript.Say("Tell me.")));

        // What the page shows, under an id of its own.
        transcript.Add(new ChatMessage(ChatRole.Assistant, "Once upon") { MessageId = "shown" });
        var next = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel(" a time."));

        await next.SendAsync(transcript.Say("Go on."));

        string[] expected = ["user: Hello", "assistant: Hi.", "user: Tell me.", "assistant: Once upon", "user: Go on.", "assistant:  a time."];
        Assert.Equal(expected[..5], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case5_IdsOnSomeMessages_StoresNothingTwice(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        List<string> expected = [];
        for (var turn = 1; turn <= 4; turn++)
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), "Rome."), Tools);
            var messages = transcript.Say("Where?");

            // As where two clients have written. The first and the last question are among them.
            for (var i = 0; i < messages.Length; i += 3)
            {
                messages[i].MessageId = null;
            }

            transcript.Add((await process.SendAsync(messages)).Messages);

            expected.AddRange(["user: Where?", "assistant: call locate", "tool: result Rome"]);
            Assert.Equal(expected, process.Model.Requests[1].Lines);
            expected.Add("assistant: Rome.");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case5_ProviderWithOneMessageIdForTheWholeRun_StoresEachMessageOnce(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var transcript = new Transcript(Ids.All);
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var model = new ScriptedModel(
                new ScriptedAnswer(ScriptedModel.Call("locate")) { MessageId = $"run-{turn}" }, new ScriptedAnswer(new TextContent($"a{turn}")) { MessageId = $"run-{turn}" });
            var process = Start(wiring, isStreaming, isInMemory, model, Tools);

            transcript.Add((await process.SendAsync(transcript.Say($"u{turn}"))).Messages);

            expected.AddRange([$"user: u{turn}", "assistant: call locate", "tool: result Rome"]);
            Assert.Equal(expected, model.Requests[1].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case4_TranscriptThatTheClientHasCut_StoresNothingTwice(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        List<string> expected = [];
        for (var turn = 1; turn <= 4; turn++)
        {
            var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), $"a{turn}");
            var process = Start(wiring, isStreaming, isInMemory, model, Tools);

            // Its own window: two messages and the new one, which begins behind a call.
            transcript.Add((await process.SendAsync(transcript.Say($"u{turn}").TakeLast(3))).Messages);

            expected.AddRange([$"user: u{turn}", "assistant: call locate", "tool: result Rome"]);
            Assert.Equal(expected, model.Requests[1].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case16_EditInTheMiddleOfTheTranscript_IsSentBehindIt(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var transcript = new Transcript(Ids.All);
        transcript.Add((await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync(transcript.Say("Hello"))).Messages);
        var messages = transcript.Say("Come stai?");
        messages[0].Contents = [new TextContent("Ciao")];
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Bene."));

        await next.SendAsync(messages);

        string[] expected = ["user: Hello", "assistant: Hi.", "user: Ciao", "user: Come stai?", "assistant: Bene."];
        Assert.Equal(expected[..4], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case3_TwoAgentsInOneSession_HaveHistoriesOfTheirOwn(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        List<string> support = [];
        List<string> billing = [];
        for (var turn = 1; turn <= 2; turn++)
        {
            foreach (var (agent, history) in ((string, List<string>)[])[("support", support), ("billing", billing)])
            {
                var process = Start(
                    wiring, isStreaming, isInMemory, new ScriptedModel($"{agent} {turn}"), configure: options => options with { AgentId = agent });

                transcript.Add((await process.SendAsync(transcript.Say($"{agent}, {turn}?"))).Messages);

                // Each learns from the transcript what was said to the other, and when it is asked.
                support.Add($"user: {agent}, {turn}?");
                billing.Add($"user: {agent}, {turn}?");
                Assert.Equal(history, process.Model.Requests[0].Lines);
                support.Add($"assistant: {agent} {turn}");
                billing.Add($"assistant: {agent} {turn}");
                Assert.Equal(history, await process.ListAsync());
            }
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case15b_TwoQuestionsAndALostAnswer_AreAskedOnce(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        transcript.Say("Hello");
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Lost.")).SendAsync(transcript.Say("Anybody?"));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Yes."));

        await next.SendAsync(transcript.Send());

        // Without ids they may as well be said again.
        string[] expected = ids == Ids.None
            ? ["user: Hello", "user: Anybody?", "assistant: Lost.", "user: Hello", "user: Anybody?", "assistant: Yes."]
            : ["user: Hello", "user: Anybody?", "assistant: Lost.", "assistant: Yes."];
        Assert.Equal(expected, await next.ListAsync());
        Assert.Equal(ids == Ids.None ? expected[..5] : expected[..2], next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case16AndTool_EditAfterAFailureBehindATool_IsANewMessage(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var failing = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), new ScriptedAnswer { Failure = Unavailable });
        await Assert.ThrowsAsync<HttpRequestException>(() => Start(wiring, isStreaming, isInMemory, failing, Tools).SendAsync(User("Wher?", "u1")));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("In Rome."), Tools);

        await next.SendAsync(User("Where?", "u1"));

        // The tool was paid for by what was asked first.
        string[] expected = ["user: Wher?", "assistant: call locate", "tool: result Rome", "user: Where?", "assistant: In Rome."];
        Assert.Equal(expected[..4], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case18_DoubleClickOnSend_LosesNothing(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        Conversation[] clicks = [.. Enumerable.Range(0, 2).Select(_ => Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")))];

        await Task.WhenAll(clicks.Select(click => Task.Run(() => click.SendAsync(User("Hello", "u1")))));

        // Two requests at once do not see each other: the question may be there twice.
        var stored = await clicks[0].ListAsync();
        Assert.Equal("user: Hello", stored[0]);
        Assert.Equal(2, stored.Count(line => line == "assistant: Hi."));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Bye."));
        await next.SendAsync("Thanks.");
        Assert.Equal("user: Hello", next.Model.Requests[0].Lines[0]);
        Assert.Equal("user: Thanks.", next.Model.Requests[0].Lines[^1]);
        Assert.Equal([.. stored, "user: Thanks.", "assistant: Bye."], await next.ListAsync());
    }
}
