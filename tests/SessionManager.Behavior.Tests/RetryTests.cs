using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.Behavior;

/// <summary>
/// Clients that ask again.
/// </summary>
public sealed class RetryTests(Stores stores) : BehaviorTests(stores)
{
    public static MatrixTheoryData<Wiring, bool, bool, bool> WaysOfStreams { get; } =
        new(Enum.GetValues<Wiring>(), [false, true], [false, true], [false, true]);

    public static MatrixTheoryData<Wiring, bool, bool, bool> WaysWithOrWithoutIds { get; } =
        new(Enum.GetValues<Wiring>(), [false, true], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(WaysOfStreams))]
    public async Task Case15a_AskedAgainAfterAnInterruptedStream_IsAskedOnce(Wiring wiring, bool isInMemory, bool hasId, bool isAbandoned)
    {
        var id = hasId ? "u1" : null;
        if (isAbandoned)
        {
            var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Once upon"), new TextContent(" a time")));
            await Start(wiring, isStreaming: true, isInMemory, model).SendAndStopAsync(1, User("Tell me.", id));
        }
        else
        {
            var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Once upon")) { Failure = Unavailable });
            await Assert.ThrowsAsync<HttpRequestException>(() => Start(wiring, isStreaming: true, isInMemory, model).SendAsync(User("Tell me.", id)));
        }

        var next = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("Once upon a time there was."));
        await next.SendAsync(User("Tell me.", id));

        Assert.Equal(["user: Tell me."], next.Model.Requests[0].Lines);
        Assert.Equal(["user: Tell me.", "assistant: Once upon", "assistant: Once upon a time there was."], await next.ListAsync());

        var later = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("The end."));
        await later.SendAsync("More.");

        Assert.Equal(["user: Tell me.", "assistant: Once upon a time there was.", "user: More."], later.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(WaysOfStreams))]
    public async Task Case15a_SomethingElseAfterAnInterruptedStream_IsNew(Wiring wiring, bool isInMemory, bool hasId, bool isAbandoned)
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Once upon"), new TextContent(" a")) { Failure = Unavailable });
        var first = Start(wiring, isStreaming: true, isInMemory, model);
        if (isAbandoned)
        {
            await first.SendAndStopAsync(1, User("Tell me.", hasId ? "u1" : null));
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => first.SendAsync(User("Tell me.", hasId ? "u1" : null)));
        }

        var next = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("A time."));
        await next.SendAsync(User("Go on.", hasId ? "u2" : null));

        string[] expected = ["user: Tell me.", isAbandoned ? "assistant: Once upon" : "assistant: Once upon a", "user: Go on.", "assistant: A time."];
        Assert.Equal(expected[..3], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case15b_TranscriptWithoutTheAnswer_IsAnsweredAnew(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        transcript.Add((await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync(transcript.Say("Hello"))).Messages);
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Lost.")).SendAsync(transcript.Say("Well?"));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Found."));

        transcript.Add((await next.SendAsync(transcript.Send())).Messages);

        string[] stored = ["user: Hello", "assistant: Hi.", "user: Well?", "assistant: Lost.", "assistant: Found."];
        Assert.Equal(stored[..3], next.Model.Requests[0].Lines);
        Assert.Equal(stored, await next.ListAsync());

        var later = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Bye."));
        await later.SendAsync(transcript.Say("Thanks."));

        Assert.Equal([.. stored[..3], "assistant: Found.", "user: Thanks."], later.Model.Requests[0].Lines);
        Assert.Equal([.. stored, "user: Thanks.", "assistant: Bye."], await later.ListAsync());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case15b_NothingButTheQuestionWithItsId_IsAnsweredAnew(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Lost.")).SendAsync(User("Well?", "u1"));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Found."));

        await next.SendAsync(User("Well?", "u1"));

        Assert.Equal(["user: Well?"], next.Model.Requests[0].Lines);
        Assert.Equal(["user: Well?", "assistant: Lost.", "assistant: Found."], await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(WaysWithOrWithoutIds))]
    public async Task Case15c_AskedAgainAfterAFailureBehindATool_GoesOnWithItsResult(Wiring wiring, bool isStreaming, bool isInMemory, bool hasId)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "paid", "pay")];
        var question = User("Pay.", hasId ? "u1" : null);
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("pay")), new ScriptedAnswer { Failure = Unavailable });
        await Assert.ThrowsAsync<HttpRequestException>(() => Start(wiring, isStreaming, isInMemory, model, tools).SendAsync(question));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Paid."), tools);

        await next.SendAsync(User("Pay.", hasId ? "u1" : null));

        string[] expected = ["user: Pay.", "assistant: call pay", "tool: result paid", "assistant: Paid."];
        Assert.Equal(expected[..3], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(WaysWithOrWithoutIds))]
    public async Task Case15_AskedAgainAfterAFailure_IsAskedOnce(Wiring wiring, bool isStreaming, bool isInMemory, bool hasId)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failing = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer { Failure = Unavailable }));
            await Assert.ThrowsAsync<HttpRequestException>(() => failing.SendAsync(User("Hello", hasId ? "u1" : null)));
        }

        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi."));
        await next.SendAsync(User("Hello", hasId ? "u1" : null));

        Assert.Equal(["user: Hello"], next.Model.Requests[0].Lines);
        Assert.Equal(["user: Hello", "assistant: Hi."], await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case16_OtherTextAfterAFailure_ReplacesTheQuestion(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync(User("Hello", "u1"));
        var failing = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer { Failure = Unavailable }));
        await Assert.ThrowsAsync<HttpRequestException>(() => failing.SendAsync(User("What is teh time?", "u2")));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Noon."));

        await next.SendAsync(User("What is the time?", "u2"));

        string[] expected = ["user: Hello", "assistant: Hi.", "user: What is the time?", "assistant: Noon."];
        Assert.Equal(expected[..3], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
        if (!isInMemory)
        {
            var document = (await Stores.Database.FindMessagesAsync(SessionId))[2];
            var replaced = Assert.Single(document["replaced_messages"].AsBsonArray);
            Assert.Contains("teh", replaced.ToJson(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case16_OtherTextInTheWholeTranscript_IsSent(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        transcript.Add((await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync(transcript.Say("Hello"))).Messages);
        var failing = Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer { Failure = Unavailable }));
        await Assert.ThrowsAsync<HttpRequestException>(() => failing.SendAsync(transcript.Say("What is teh time?")));
        transcript.RemoveLast();
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Noon."));

        await next.SendAsync(transcript.Say("What is the time?"));

        // Without an id nothing says that it is the same message.
        string[] expected = ids == Ids.None
            ? ["user: Hello", "assistant: Hi.", "user: What is teh time?", "user: What is the time?", "assistant: Noon."]
            : ["user: Hello", "assistant: Hi.", "user: What is the time?", "assistant: Noon."];
        Assert.Equal(expected[..^1], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case16_EditOfAnAnsweredMessage_IsANewMessage(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync(User("Hello", "u1"));
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Ciao."));

        await next.SendAsync(User("Buon giorno", "u1"));

        string[] expected = ["user: Hello", "assistant: Hi.", "user: Buon giorno", "assistant: Ciao."];
        Assert.Equal(expected[..3], next.Model.Requests[0].Lines);
        Assert.Equal(expected, await next.ListAsync());
    }
}
