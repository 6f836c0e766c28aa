using System.Globalization;
using Microsoft.Extensions.AI;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// What is left of a history is a conversation, too.
/// </summary>
public sealed class WindowTests : ClientTest
{
    private const int TurnCount = 12;

    public static TheoryData<string, bool, bool> Wirings =>
        [.. from name in ProviderLine.Names from isInside in Both from isStreaming in Both select (name, isInside, isStreaming)];

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_TrimmedHistory_IsTaken(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);

        await AskManyAsync(line, isInside, isStreaming, new HistoryWindow { MaxMessages = 9 });

        Assert.InRange(line.Handler.Requests[^1].Messages.Count, 3, 12);
        Assert.Contains("\"user\"", line.Handler.Requests[^1].Messages[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_SummarizedHistory_IsTaken(string name, bool isInside, bool isStreaming)
    {
        using var line = ProviderLine.Open(name);

        // The reducer's own request has the summary before in front, as a message of the assistant.
        using var summarizer = new ScriptedModel(request => $"Summary {request.Number}.") { TakesAnything = true };
        await AskManyAsync(line, isInside, isStreaming, new HistoryWindow { Reducer = new SummarizingChatReducer(summarizer, targetCount: 4, threshold: 2) });

        Assert.InRange(summarizer.Requests.Count, 2, TurnCount);
        Assert.Contains($"Summary {summarizer.Requests.Count}.", string.Concat(line.Handler.Requests[^1].Messages), StringComparison.Ordinal);
    }

    private async Task AskManyAsync(ProviderLine line, bool isInside, bool isStreaming, HistoryWindow window)
    {
        using var client = line.Build(Services, isInside, options => options.Window = window);
        for (var turn = 0; turn < TurnCount; turn++)
        {
            var number = turn.ToString(CultureInfo.InvariantCulture);
            line.Handler.Add(new WireAnswer(Call($"call_{number}")), new WireAnswer(new WirePart.Said($"Answer {number}.")));
            await client.AskAsync(isStreaming, $"Question {number}?", line.For(SessionId, new FixedTool("sent")), Cancellation);
        }
    }
}
