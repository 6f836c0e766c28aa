using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

public sealed class ModelChangeTests : ClientTest
{
    public static TheoryData<string, string, bool, bool> Changes =>
    [
        .. from before in ProviderLine.Names
           from after in ProviderLine.Names
           where before != after
           from isInside in Both
           from isStreaming in Both
           select (before, after, isInside, isStreaming),
    ];

    public static TheoryData<string, bool, bool> Wirings =>
        [.. from name in ProviderLine.Names from isInside in Both from isStreaming in Both select (name, isInside, isStreaming)];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Case20_ModelChanges_NoThoughtGoesToAnotherProvider(string before, string after, bool isInside, bool isStreaming)
    {
        using var first = ProviderLine.Open(before);
        using var second = ProviderLine.Open(after);
        first.Handler.Add(
            new WireAnswer(first.Think("secret thought one"), Call("call_1")), new WireAnswer(first.Think("secret thought two"), new WirePart.Said("It is on its way.")));
        second.Handler.Add(new WireAnswer(second.Think("my thought"), Call("call_2")), "Tomorrow.");

        await AskAsync(first, isInside, isStreaming, "Where is it?", new FixedTool("sent"));
        var answer = await AskAsync(second, isInside, isStreaming, "When?", new FixedTool("the 5th"));

        AssertNoThoughtOf(first, second, "secret thought");
        Assert.Equal("Tomorrow.", answer.Text);
        Assert.Empty(second.Handler.Refusals);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Case20_ModelChangesTwiceAndBack_EachGetsItsOwnThoughtsAlone(bool isInside, bool isStreaming)
    {
        using var anthropic = ProviderLine.Open(ProviderLine.Anthropic);
        using var openAI = ProviderLine.Open(ProviderLine.OpenAIResponses);
        using var ollama = ProviderLine.Open(ProviderLine.Ollama);
        anthropic.Handler.Add(new WireAnswer(anthropic.Think("thought of Anthropic"), new WirePart.Said("One.")), "Four.");
        openAI.Handler.Add(new WireAnswer(openAI.Think("thought of OpenAI"), new WirePart.Said("Two.")), "Five.");
        ollama.Handler.Add(new WireAnswer(ollama.Think("thought of Ollama"), new WirePart.Said("Three.")), "Six.");

        foreach (var line in new[] { anthropic, openAI, ollama, anthropic, openAI, ollama })
        {
            await AskAsync(line, isInside, isStreaming, "And?");
        }

        AssertNoThoughtOf(anthropic, openAI, "thought of Anthropic");
        AssertNoThoughtOf(anthropic, ollama, "thought of Anthropic");
        AssertNoThoughtOf(openAI, anthropic, "thought of OpenAI");
        AssertNoThoughtOf(openAI, ollama, "thought of OpenAI");
        AssertNoThoughtOf(ollama, anthropic, "thought of Ollama");
        AssertNoThoughtOf(ollama, openAI, "thought of Ollama");
        Assert.Contains("anthropic-signature-1", anthropic.GetEverythingSent(), StringComparison.Ordinal);
        Assert.Contains("openai-responses-signature-1", openAI.GetEverythingSent(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_ModelChangesToAStrictOne_IsTaken(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add(
            new WireAnswer(Call("call_1")),
            new WireAnswer(line.Think("Oh."), new WirePart.Said("It is on its way.")),
            new WireAnswer(new WirePart.Said("I look."), Call("call_2"), Call("call_3")),
            new WireAnswer(line.Think("Hm."), new WirePart.Said("Tomorrow.")));
        await AskAsync(line, isInside, isStreaming, "Where is it?", new FixedTool("sent"));
        await AskAsync(line, isInside, isStreaming, "When?", new FixedTool("the 5th"));
        var strict = new ScriptedModel("Bye.");

        // It refuses what any provider refuses, blank texts among it.
        using var client = strict.Build(Services, isInside);
        await client.AskAsync(isStreaming, "Thanks", ScriptedPipeline.For(SessionId), Cancellation);

        Assert.Equal(
            ["user", "assistant", "tool", "assistant", "user", "assistant", "tool", "assistant", "user"],
            Assert.Single(strict.Requests).Messages.Select(message => message.Role.Value));
    }

    private static void AssertNoThoughtOf(ProviderLine source, ProviderLine target, string thought)
    {
        var sent = target.GetEverythingSent();
        Assert.DoesNotContain(thought, sent, StringComparison.Ordinal);
        Assert.DoesNotContain($"{source.Name.Replace(' ', '-')}-signature", sent, StringComparison.Ordinal);
    }
}
