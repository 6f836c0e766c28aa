using Microsoft.Extensions.AI;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

public sealed class ConversationTests : ClientTest
{
    public static TheoryData<string, bool, bool> Wirings =>
        [.. from name in ProviderLine.Names from isInside in Both from isStreaming in Both select (name, isInside, isStreaming)];

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_SeveralTurns_SendsEachWithTheHistory(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add("Hello, you.", "It is late.", "Good night.");
        using var client = line.Build(Services, isInside);

        string[] answers =
        [
            (await client.AskAsync(isStreaming, "Hello", line.For(SessionId), Cancellation)).Text,
            (await client.AskAsync(isStreaming, "What time is it?", line.For(SessionId), Cancellation)).Text,
            (await client.AskAsync(isStreaming, "Then I go", line.For(SessionId), Cancellation)).Text,
        ];

        Assert.Equal(["Hello, you.", "It is late.", "Good night."], answers);
        Assert.Equal([1, 3, 5], line.Handler.Requests.Select(request => request.Messages.Count));
        AssertSays(line, "Hello", "Hello, you.", "What time is it?", "It is late.", "Then I go");
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_WithToolCall_IsTakenAtOnceAndInTheNextTurn(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add(new WireAnswer(Call("call_1")), "It is on its way.", "Tomorrow.");

        var answer = await AskAsync(line, isInside, isStreaming, "Where is it?", new FixedTool("sent"));
        await AskAsync(line, isInside, isStreaming, "When?");

        Assert.Equal("It is on its way.", answer.Text);
        Assert.Equal([1, 3, 5], line.Handler.Requests.Select(request => request.Messages.Count));
        AssertSays(line, "Where is it?", FixedTool.ToolName, "sent", "It is on its way.", "When?");
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_WithParallelToolCalls_IsTakenAtOnceAndInTheNextTurn(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add(
            new WireAnswer(new WirePart.Said("I look."), Call("call_1"), Call("call_2")), new WireAnswer(Call("call_3"), Call("call_4")), "Both are.", "Tomorrow.");

        var answer = await AskAsync(line, isInside, isStreaming, "Where are they?", new FixedTool("sent"));
        await AskAsync(line, isInside, isStreaming, "When?");

        Assert.EndsWith("Both are.", answer.Text, StringComparison.Ordinal);
        Assert.Equal(4, line.Handler.Requests.Count);
        AssertSays(line, "Where are they?", "I look.", "sent", "sent", "sent", "sent", "Both are.", "When?");
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_WithThoughts_IsTakenAtOnceAndInTheNextTurn(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);
        WirePart.Thought[] thoughts = [line.Think("I must look."), line.Think("It was sent."), line.Think("Two days.")];
        line.Handler.Add(
            new WireAnswer(thoughts[0], Call("call_1")),
            new WireAnswer(thoughts[1], new WirePart.Said("It is on its way.")),
            new WireAnswer(thoughts[2], new WirePart.Said("Tomorrow.")),
            "Bye.");

        await AskAsync(line, isInside, isStreaming, "Where is it?", new FixedTool("sent"));
        var answer = await AskAsync(line, isInside, isStreaming, "When?");
        await AskAsync(line, isInside, isStreaming, "Thanks");

        Assert.Equal("Tomorrow.", answer.Text);
        Assert.Equal(4, line.Handler.Requests.Count);
        if (line.SignsThoughts)
        {
            var last = string.Join('\n', line.Handler.Requests[^1].Messages);
            Assert.All(thoughts, thought => Assert.Contains($"\"{thought.Signature}\"", last, StringComparison.Ordinal));
            Assert.All(thoughts, thought => Assert.Contains($"\"{thought.Text}\"", last, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_ResultOfACallThatNobodyMade_IsNotSent(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add("Hello.", "Yes?", "Here.");
        using var client = line.Build(Services, isInside);
        await client.AskAsync(isStreaming, "Hello", line.For(SessionId), Cancellation);

        await client.AskAsync(isStreaming, [new ChatMessage(ChatRole.Tool, [new FunctionResultContent("call_9", "sent")])], line.For(SessionId), Cancellation);
        var answer = await client.AskAsync(isStreaming, "And now?", line.For(SessionId), Cancellation);

        Assert.Equal("Here.", answer.Text);
        Assert.Empty(line.Handler.Refusals);
        Assert.DoesNotContain("call_9", string.Concat(line.Handler.Requests.SelectMany(request => request.Messages)), StringComparison.Ordinal);
    }

    private static void AssertSays(ProviderLine line, params string[] texts)
    {
        var sent = string.Join('\n', line.Handler.Requests[^1].Messages);
        var position = 0;
        foreach (var text in texts)
        {
            var found = sent.IndexOf(text, position, StringComparison.Ordinal);
            Assert.True(found >= 0, $"\"{text}\" is not in its place in: {sent}");
            position = found + text.Length;
        }
    }
}
