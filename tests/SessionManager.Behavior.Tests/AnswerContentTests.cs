using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Answers with contents that providers do not take back.
/// </summary>
public sealed class AnswerContentTests(Stores stores) : BehaviorTests(stores)
{
    public static MatrixTheoryData<Wiring, bool, bool> WaysOfStreams { get; } = new(Enum.GetValues<Wiring>(), [false, true], [false, true]);

    public static MatrixTheoryData<Wiring, bool, bool, string?> WaysOfBlanks { get; } =
        new(Enum.GetValues<Wiring>(), [false, true], [false, true], [null, "", " \n\t"]);

    public static MatrixTheoryData<Wiring, bool, string?> StreamsOfBlanks { get; } = new(Enum.GetValues<Wiring>(), [false, true], [null, "", " \n\t"]);

    [Theory]
    [MemberData(nameof(WaysOfStreams))]
    public async Task Case14_StreamCutInsideAThought_KeepsItAndDoesNotSendIt(Wiring wiring, bool isInMemory, bool isAbandoned)
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextReasoningContent("The user wants"), new TextReasoningContent(" a poem")) { Failure = Unavailable })
        {
            ProviderName = "anthropic",
        };
        var first = Start(wiring, isStreaming: true, isInMemory, model);
        if (isAbandoned)
        {
            await first.SendAndStopAsync(2, User("A poem, please."));
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => first.SendAsync(User("A poem, please.")));
        }

        var next = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("Roses are red.") { ProviderName = "anthropic" });
        await next.SendAsync("Go on.");

        Assert.Equal(["user: A poem, please.", "user: Go on."], next.Model.Requests[0].Lines);
        Assert.Equal(["user: A poem, please.", "assistant: TextReasoningContent", "user: Go on.", "assistant: Roses are red."], await next.ListAsync());
        Assert.Equal("The user wants a poem", ((TextReasoningContent)(await next.ListMessagesAsync())[1].Message.Contents[0]).Text);
    }

    [Theory]
    [MemberData(nameof(WaysOfStreams))]
    public async Task Case14_StreamCutBehindASignedThought_SendsIt(Wiring wiring, bool isInMemory, bool isAbandoned)
    {
        var thought = new TextReasoningContent("The user wants a poem") { ProtectedData = "signature" };
        var model = new ScriptedModel(new ScriptedAnswer(thought, new TextContent("Roses")) { Failure = Unavailable }) { ProviderName = "anthropic" };
        var first = Start(wiring, isStreaming: true, isInMemory, model);
        if (isAbandoned)
        {
            await first.SendAndStopAsync(2, User("A poem, please."));
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => first.SendAsync(User("A poem, please.")));
        }

        var next = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("are red.") { ProviderName = "anthropic" });
        await next.SendAsync("Go on.");

        Assert.Equal(["user: A poem, please.", "assistant: TextReasoningContent | Roses", "user: Go on."], next.Model.Requests[0].Lines);
        Assert.Equal("signature", Assert.IsType<TextReasoningContent>(next.Model.Requests[0].Messages[1].Contents[0]).ProtectedData);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case20_ModelChanges_SendsAThoughtToItsProviderOnly(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var thought = new TextReasoningContent("Rome, then") { ProtectedData = "signature" };
        var answer = new ScriptedAnswer(thought, new TextContent("Rome."));
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel(answer) { ProviderName = "anthropic" }).SendAsync("Where?");
        foreach (var (provider, turn) in ((string, int)[])[("openai", 2), ("anthropic", 3), ("ollama", 4), ("anthropic", 5)])
        {
            var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel($"Rome {turn}.") { ProviderName = provider });

            await next.SendAsync($"Where {turn}?");

            var sent = provider == "anthropic" ? "assistant: TextReasoningContent | Rome." : "assistant: Rome.";
            Assert.Equal(["user: Where?", sent, "user: Where 2?"], next.Model.Requests[0].Lines.Take(3));
            Assert.Equal("assistant: TextReasoningContent | Rome.", (await next.ListAsync())[1]);
            if (provider == "anthropic")
            {
                Assert.Equal("signature", Assert.IsType<TextReasoningContent>(next.Model.Requests[0].Messages[1].Contents[0]).ProtectedData);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case20_ThoughtInFrontOfACall_GoesBackWithinTheRun(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        var thought = new TextReasoningContent("I have to look") { ProtectedData = "signature" };
        var first = new ScriptedModel(new ScriptedAnswer(thought, ScriptedModel.Call("locate")), "In Rome.") { ProviderName = "anthropic" };
        await Start(wiring, isStreaming, isInMemory, first, tools).SendAsync("Where?");
        var second = new ScriptedModel("In Rome, still.") { ProviderName = "openai" };
        await Start(wiring, isStreaming, isInMemory, second, tools).SendAsync("And now?");

        string[] thoughtful = ["user: Where?", "assistant: TextReasoningContent | call locate", "tool: result Rome"];
        Assert.Equal(thoughtful, first.Requests[1].Lines);
        Assert.Equal(["user: Where?", "assistant: call locate", "tool: result Rome", "assistant: In Rome.", "user: And now?"], second.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case22_CallForInformationWithoutAResult_HasAnUnknownOutcome(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var call = new FunctionCallContent(Guid.NewGuid().ToString("N"), "search") { InformationalOnly = true };
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer(call, new TextContent("Found.")))).SendAsync("Search.");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("You are welcome."));

        await next.SendAsync("Thanks.");

        Assert.Equal(["user: Search.", "assistant: call search | Found.", "user: Thanks.", "assistant: You are welcome."], await next.ListAsync());

        // Function invocation marks what it has invoked the same way: nothing tells a call of the service's from one whose result was lost.
        const string Unknown = "tool: result The outcome of this call is not known. It may have been carried out, or may still be running.";
        Assert.Equal(["user: Search.", "assistant: call search | Found.", Unknown, "user: Thanks."], next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case22_CallForInformationWithItsResult_IsSent(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var call = new FunctionCallContent(Guid.NewGuid().ToString("N"), "search") { InformationalOnly = true };
        var answer = new ScriptedAnswer(call, new FunctionResultContent(call.CallId, "one hit"), new TextContent("Found."));
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel(answer)).SendAsync("Search.");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("You are welcome."));

        await next.SendAsync("Thanks.");

        Assert.Equal(["user: Search.", "assistant: call search", "tool: result one hit", "assistant: Found.", "user: Thanks."], next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(WaysOfBlanks))]
    public async Task Case25_BlankAnswer_IsNotSentAndCounted(Wiring wiring, bool isStreaming, bool isInMemory, string? text)
    {
        var answer = text is null ? new ScriptedAnswer() : text;
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel(answer)).SendAsync("Hello?");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi."));
        var blankCount = (await next.ListMessagesAsync()).Count - 1;

        // A stream of nothing has no message.
        Assert.InRange(blankCount, isStreaming && text is null ? 0 : 1, 1);
        await using var session = next.Sessions.Create(SessionId);
        var loaded = await session.InitializeAsync(new SessionAgent(Conversation.AgentId), Cancellation);
        Assert.Equal(blankCount, loaded.Repair.BlankMessageCount);

        await next.SendAsync("Anybody?");

        Assert.Equal(["user: Hello?", "user: Anybody?"], next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case25_BlankBesideText_IsLeftOut(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent(""), ScriptedModel.Call("locate")), "In Rome.");
        var first = Start(wiring, isStreaming, isInMemory, model, tools);
        await first.SendAsync("Where?");
        var next = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Still there."), tools);

        await next.SendAsync("And now?");

        string[] expected = ["user: Where?", "assistant: call locate", "tool: result Rome", "assistant: In Rome.", "user: And now?"];
        Assert.Equal(expected[..3], model.Requests[1].Lines);
        Assert.Equal(expected, next.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(StreamsOfBlanks))]
    public async Task Case25_StreamThatBreaksBehindABlank_StoresNothingOfIt(Wiring wiring, bool isInMemory, string? text)
    {
        var answer = text is null ? new ScriptedAnswer { Failure = Unavailable } : new ScriptedAnswer(new TextContent(text)) { Failure = Unavailable };
        var first = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel(answer));
        await Assert.ThrowsAsync<HttpRequestException>(() => first.SendAsync("Hello?"));

        Assert.Equal(["user: Hello?"], await first.ListAsync());

        var next = Start(wiring, isStreaming: true, isInMemory, new ScriptedModel("Hi."));
        await next.SendAsync("Anybody?");
        Assert.Equal(["user: Hello?", "user: Anybody?"], next.Model.Requests[0].Lines);
    }
}
