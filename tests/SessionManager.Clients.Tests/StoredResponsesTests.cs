using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// A provider that keeps histories itself, and names them, while the session keeps its own.
/// </summary>
public sealed class StoredResponsesTests : ClientTest
{
    public static TheoryData<bool, bool, bool> Wirings =>
        [.. from isInside in Both from isStreaming in Both from isRestarted in Both select (isInside, isStreaming, isRestarted)];

    // Not to OpenAI's responses without storing: that is the same provider, asked otherwise.
    public static TheoryData<string, bool, bool> Changes =>
    [
        .. from name in new[] { ProviderLine.Anthropic, ProviderLine.OpenAIChat, ProviderLine.Ollama }
           from isInside in Both
           from isStreaming in Both
           select (name, isInside, isStreaming),
    ];

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_WithThoughtsAndCalls_TheNextTurnHasTheWholeHistory(bool isInside, bool isStreaming, bool isRestarted)
    {
        using var line = new OpenAIStoredResponsesLine();
        line.Handler.Add(
            new WireAnswer(line.Think("Hm."), Call("call_1")),
            new WireAnswer(line.Think("Oh."), new WirePart.Said("It is on its way.")),
            "Tomorrow.",
            "Bye.");
        var client = line.Build(Services, isInside);

        foreach (var text in new[] { "Where is it?", "When?", "Thanks" })
        {
            await client.AskAsync(isStreaming, text, line.For(SessionId, new FixedTool("sent")), Cancellation);
            client = isRestarted ? line.Build(Services, isInside) : client;
        }

        Assert.Equal(4, line.Handler.Requests.Count);
        foreach (var request in line.Handler.Requests.Skip(2))
        {
            Assert.False(request.Body.TryGetProperty("previous_response_id", out _));
            Assert.StartsWith(
                "message, reasoning, function_call, function_call_output, reasoning, message, message",
                string.Join(", ", request.Body.GetProperty("input").EnumerateArray().Select(item => item.GetProperty("type").GetString())),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Case20_ModelChangesFromIt_NoIdGoesAlong(string after, bool isInside, bool isStreaming)
    {
        using var stored = new OpenAIStoredResponsesLine();
        using var other = ProviderLine.Open(after);
        stored.Handler.Add(new WireAnswer(stored.Think("secret thought"), new WirePart.Said("One.")));
        other.Handler.Add("Two.");

        await AskAsync(stored, isInside, isStreaming, "And?");
        var answer = await AskAsync(other, isInside, isStreaming, "And?");

        Assert.Equal("Two.", answer.Text);
        Assert.DoesNotContain("rs_1_0", other.GetEverythingSent(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret thought", other.GetEverythingSent(), StringComparison.Ordinal);
    }
}
