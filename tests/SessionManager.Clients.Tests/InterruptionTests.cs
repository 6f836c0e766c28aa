using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

public sealed class InterruptionTests : ClientTest
{
    // The events of Anthropic's: start of the message, start of the thought, two halves, signature, end; start of the text,
    // two halves, end; start of the call, an empty piece, two halves, end.
    public static TheoryData<bool, int> AnthropicCuts => [.. from isInside in Both from count in Enumerable.Range(0, 15) select (isInside, count)];

    // Of OpenAI's: created; the thought begun, its summary begun, two halves, done, done, with what is encrypted; and so on.
    public static TheoryData<bool, int> OpenAICuts => [.. from isInside in Both from count in Enumerable.Range(0, 20) select (isInside, count)];

    [Theory]
    [MemberData(nameof(AnthropicCuts))]
    public async Task Case14_StreamOfAnthropicCut_TheNextRequestHasNoThoughtWithoutSignature(bool isInside, int count)
    {
        using var line = ProviderLine.Open(ProviderLine.Anthropic);

        await CutAsync(line, isInside, count);

        Assert.DoesNotContain("\"signature\":\"\"", line.GetEverythingSent(), StringComparison.Ordinal);
        Assert.Empty(line.Handler.Refusals);
    }

    [Theory]
    [MemberData(nameof(OpenAICuts))]
    public async Task Case14_StreamOfOpenAIResponsesCut_TheNextRequestHasNoThoughtWithoutWhatIsEncrypted(bool isInside, int count)
    {
        using var line = ProviderLine.Open(ProviderLine.OpenAIResponses);

        await CutAsync(line, isInside, count);

        Assert.DoesNotContain(
            line.Handler.Requests[^1].Messages,
            message => message.Contains("\"reasoning\"", StringComparison.Ordinal) && !message.Contains("-signature-", StringComparison.Ordinal));
        Assert.Empty(line.Handler.Refusals);
    }

    [Theory]
    [MemberData(nameof(OpenAICuts))]
    public async Task Ask_StreamOfOpenAIChatCut_TheNextTurnIsTaken(bool isInside, int count)
    {
        using var line = ProviderLine.Open(ProviderLine.OpenAIChat);

        await CutAsync(line, isInside, Math.Min(count, 10));

        Assert.Empty(line.Handler.Refusals);
    }

    [Theory]
    [MemberData(nameof(OpenAICuts))]
    public async Task Ask_StreamOfOllamaCut_TheNextTurnIsTaken(bool isInside, int count)
    {
        using var line = ProviderLine.Open(ProviderLine.Ollama);

        await CutAsync(line, isInside, Math.Min(count, 5));

        Assert.Empty(line.Handler.Refusals);
    }

    private async Task CutAsync(ProviderLine line, bool isInside, int count)
    {
        line.Handler.Add(
            new WireAnswer(line.Think("I must look."), new WirePart.Said("I look."), Call("call_1", """{"id":"A-17"}""")) { CutAfter = count },
            "Here I am again.",
            "Yes.");
        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(line, isInside, isStreaming: true, "Where is it?", new FixedTool("sent")));

        var answer = await AskAsync(line, isInside, isStreaming: true, "Are you there?", new FixedTool("sent"));
        await AskAsync(line, isInside, isStreaming: false, "Really?", new FixedTool("sent"));

        Assert.Equal("Here I am again.", answer.Text);
    }
}
