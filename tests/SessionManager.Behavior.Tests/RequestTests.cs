using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Requests with more than messages of the user, or fewer.
/// </summary>
public sealed class RequestTests(Stores stores) : BehaviorTests(stores)
{
    private static readonly ChatRole Developer = new("developer");

    public static MatrixTheoryData<Wiring, bool, bool, string> WaysOfRoles { get; } =
        new(Enum.GetValues<Wiring>(), [false, true], [false, true], ["developer", "system"]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case17_ContinuationToken_SendsNoMessages(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var token = ResponseContinuationToken.FromBytes(new byte[] { 1, 2, 3 });
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("Hi.")).SendAsync("Hello");
        var begun = new ScriptedModel(new ScriptedAnswer { ContinuationToken = token });
        var started = await Start(wiring, isStreaming, isInMemory, begun, configure: AllowBackground).SendAsync("Work hard.");
        var next = Start(
            wiring, isStreaming, isInMemory, new ScriptedModel("Done."), configure: options => AllowBackground(options) with { ContinuationToken = started.ContinuationToken });

        await next.SendAsync([]);

        Assert.Empty(next.Model.Requests[0].Messages);
        Assert.Equal(["user: Hello", "assistant: Hi.", "user: Work hard.", "assistant: Done."], await next.ListAsync());

        var later = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Bye."));
        await later.SendAsync("Thanks.");
        Assert.Equal(["user: Hello", "assistant: Hi.", "user: Work hard.", "assistant: Done.", "user: Thanks."], later.Model.Requests[0].Lines);
    }

    [Theory]
    [MemberData(nameof(WaysOfRoles))]
    public async Task Case26_ConfigurationFirstInEachRequest_IsNotPartOfTheHistory(Wiring wiring, bool isStreaming, bool isInMemory, string role)
    {
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel($"a{turn}"));

            await process.SendAsync(new ChatMessage(new ChatRole(role), "Be brief."), User($"u{turn}"));

            expected.Add($"user: u{turn}");
            Assert.Equal([$"{role}: Be brief.", .. expected], process.Model.Requests[0].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await process.ListAsync());
            await using var session = process.Sessions.Create(SessionId);
            Assert.Equal("Be brief.", (await session.GetAgentConfigAsync(Conversation.AgentId, Cancellation))?.SystemPrompt);
        }
    }

    [Theory]
    [MemberData(nameof(WaysWithIds))]
    public async Task Case26_ConfigurationInFrontOfTheWholeTranscript_IsNotPartOfTheHistory(Wiring wiring, bool isStreaming, bool isInMemory, Ids ids)
    {
        var transcript = new Transcript(ids);
        transcript.Add(new ChatMessage(Developer, "Be brief."));
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel($"a{turn}"));

            transcript.Add((await process.SendAsync(transcript.Say($"u{turn}"))).Messages);

            expected.Add($"user: u{turn}");
            Assert.Equal(["developer: Be brief.", .. expected], process.Model.Requests[0].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await process.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case32_FirstMessageWasRefused_TheNextTurnWorks(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var unstorable = User("Hello");
        unstorable.AdditionalProperties = new() { ["callback"] = new Action(static () => { }) };
        await Assert.ThrowsAnyAsync<ArgumentException>(() => StartWithWindow(wiring, isStreaming, isInMemory, "Hi.").SendAsync(unstorable));
        List<string> expected = [];
        for (var turn = 1; turn <= 2; turn++)
        {
            var next = StartWithWindow(wiring, isStreaming, isInMemory, $"a{turn}");

            await next.SendAsync($"u{turn}");

            expected.Add($"user: u{turn}");
            Assert.Equal(expected, next.Model.Requests[0].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await next.ListAsync());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case32_FirstMessageIsTooLarge_TheNextTurnWorks(bool isStreaming)
    {
        foreach (var wiring in Enum.GetValues<Wiring>())
        {
            var options = new ConversationOptions
            {
                Wiring = wiring, IsStreaming = isStreaming, SessionId = $"{SessionId}-{wiring}", Model = new ScriptedModel("Hi."), Window = new HistoryWindow { MaxMessages = 6 },
            };
            var first = Conversation.Start(Stores.StartProcess(isInMemory: false), options);
            await Assert.ThrowsAsync<MessageTooLargeException>(() => first.SendAsync(new string('x', 17 * 1024 * 1024)));
            Assert.Empty(first.Model.Requests);

            var next = Conversation.Start(Stores.StartProcess(isInMemory: false), options);
            await next.SendAsync("Hello");

            Assert.Equal(["user: Hello"], next.Model.Requests[0].Lines);
            Assert.Equal(["user: Hello", "assistant: Hi."], await next.ListAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case33_SeveralMessagesInOneRequest_AreCreatedInTheirOrder(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate"), AIFunctionFactory.Create(() => "noon", "time")];
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate"), ScriptedModel.Call("time")), "Rome, noon.");
        var process = Start(wiring, isStreaming, isInMemory, model, tools);

        await process.SendAsync(User("Hello"), new ChatMessage(ChatRole.Assistant, "Hi."), User("Where am I?"), User("And when?"));

        string[] expected =
        [
            "user: Hello", "assistant: Hi.", "user: Where am I?", "user: And when?",
            "assistant: call locate | call time", "tool: result Rome", "tool: result noon", "assistant: Rome, noon.",
        ];
        Assert.Equal(expected, await process.ListAsync());
        var times = (await process.ListMessagesAsync()).Select(message => message.CreatedAt).ToList();
        Assert.Equal(times.Order(), times);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case35_ApplicationsOwnHistory_IsStoredAsItIs(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var call = ScriptedModel.Call("locate");
        ChatMessage[] imported =
        [
            User("Where am I?"), new(ChatRole.Assistant, [call]), new(ChatRole.Tool, [new FunctionResultContent(call.CallId, "Rome")]),
            new(ChatRole.Assistant, "In Rome."), User("And now?"),
        ];
        var process = Start(wiring, isStreaming, isInMemory, new ScriptedModel("Still there."));

        await process.SendAsync(imported);

        string[] expected = ["user: Where am I?", "assistant: call locate", "tool: result Rome", "assistant: In Rome.", "user: And now?", "assistant: Still there."];
        Assert.Equal(expected, await process.ListAsync());
        Assert.Equal(expected[..5], process.Model.Requests[0].Lines);
    }

    private static ConversationOptions AllowBackground(ConversationOptions options) => options with { AllowBackgroundResponses = true };

    private Conversation StartWithWindow(Wiring wiring, bool isStreaming, bool isInMemory, string answer) =>
        Start(wiring, isStreaming, isInMemory, new ScriptedModel(answer), configure: options => options with { Window = new HistoryWindow { MaxMessages = 6 } });
}
