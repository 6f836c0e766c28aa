using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

public sealed class HistoryReductionTests
{
    private const string FourTurns = "U a | A b | U c | A d | U e | A f | U g | A h";
    private const string Summary = """{"role":"assistant","content":[{"text":"so far"}]}""";
    private const string Rules = """{"role":"system","content":[{"text":"rules"}]}""";

    // What the reducer returns is told as text: numbers are messages that it was given, all else is new.
    [Theory]
    [InlineData("6 7", 6, "", "")]
    [InlineData("0 1 2 3 4 5 6 7", 0, "", "")]
    [InlineData("", 8, "", "")]
    [InlineData("A so far | 6 7", 6, "", Summary)]
    [InlineData("A so far", 8, "", Summary)]
    [InlineData("A so far | 0 1 2 3 4 5 6 7", 0, "", Summary)]
    [InlineData("4 A so far | 7", 4, "", "")]
    [InlineData("7 6", 6, "", "")]
    public async Task LoadAsync_Reduced_KeepsTheSummaryAndCountsWhatStoodBefore(string result, int removedCount, string system, string summary) =>
        AssertState(await ReduceAsync(FourTurns, "{}", result), removedCount, system, summary);

    [Theory]
    [InlineData("A so far | A and more | 6 7")]
    [InlineData("A so far, call9 | 6 7")]
    [InlineData("A so far | T result9 | 6 7")]
    public async Task LoadAsync_SummaryThatTheStateCannotKeep_IsUsedForThisRunOnly(string result)
    {
        var loaded = await ReduceAsync(FourTurns, "{}", result);

        AssertState(loaded, 0, "", "");
        Assert.StartsWith("A so far", HistoryNotation.Format(loaded.Messages), StringComparison.Ordinal);
        Assert.EndsWith("U g | A h", HistoryNotation.Format(loaded.Messages), StringComparison.Ordinal);
        Assert.Equal(2, loaded.RestoredCount);
    }

    [Theory]
    [InlineData("0 | 3 4", 4, Summary)]
    [InlineData("3 4", 4, "")]
    [InlineData("1 2 3 4", 2, "")]
    [InlineData("A newer | 3 4", 4, """{"role":"assistant","content":[{"text":"newer"}]}""")]
    [InlineData("0 A newer | 3 4", 2, Summary)]
    public async Task LoadAsync_ReducedAgain_FollowsWhatBecameOfTheOldSummary(string result, int removedCount, string summary) =>
        AssertState(await ReduceAsync("U a | A b | U c | A d | U e | A f", $$"""{"removed_message_count":2,"summary_message":{{Summary}}}""", result), removedCount, "", summary);

    [Theory]
    [InlineData("0 | 5 6", 5, Rules, "")]
    [InlineData("0 A so far | 5 6", 5, Rules, Summary)]
    [InlineData("0 1 2 3 4 5 6", 0, "", "")]
    [InlineData("0 2 3 4 5 6", 2, Rules, "")]
    [InlineData("5 6", 5, "", "")]
    public async Task LoadAsync_SystemMessageKeptInFront_DoesNotStandInTheWay(string result, int removedCount, string system, string summary) =>
        AssertState(await ReduceAsync("S rules | U a | A b | U c | A d | U e | A f", "{}", result), removedCount, system, summary);

    [Theory]
    [InlineData("0 1 | 4 5", 4, Rules, Summary)]
    [InlineData("0 | 4 5", 4, Rules, "")]
    [InlineData("1 | 4 5", 4, "", Summary)]
    public async Task LoadAsync_SystemMessageOfTheState_IsKeptAsLongAsTheReducerKeepsIt(string result, int removedCount, string system, string summary) =>
        AssertState(
            await ReduceAsync("S rules | U a | A b | U c | A d | U e", $$"""{"removed_message_count":2,"system_message":{{Rules}},"summary_message":{{Summary}}}""", result),
            removedCount, system, summary);

    [Fact]
    public async Task LoadAsync_TwoSystemMessagesKeptInFront_KeepsTheStateAsItIs() =>
        AssertState(await ReduceAsync("S rules | U a | S more rules | U b | A c", "{}", "0 2 4"), 0, "", "");

    [Fact]
    public async Task LoadAsync_Reducer_IsGivenAValidHistoryWithoutTheNewMessages()
    {
        var reducer = new FakeReducer(messages => messages);

        await Histories.LoadAsync("T result1 | U a | A call2 | U b", """{"removed_message_count":0}""", new HistoryWindow { Reducer = reducer }, "U c");

        Assert.Equal("U a | A call2 | T cut2 | U b", Assert.Single(reducer.Given));
    }

    [Theory]
    [InlineData("U a | A b | U c | A call1", "T result1", "U a | A b | U c", "A call1")]
    [InlineData("U a | A b | A call1, call2 | T result2", "T result1", "U a | A b", "A call1, call2 | T result2")]
    [InlineData("U a | A ask1 | U wait | A fine", "U yes1", "U a", "A ask1 | U wait | A fine")]
    public async Task LoadAsync_NewMessagesAnswerACall_KeepsItFromTheReducer(string history, string newMessages, string given, string expected)
    {
        var reducer = new FakeReducer(_ => []);

        var loaded = await Histories.LoadAsync(history, "{}", new HistoryWindow { Reducer = reducer }, newMessages);

        Assert.Equal(given, Assert.Single(reducer.Given));
        Assert.Equal(expected, HistoryNotation.Format(loaded.Messages));
        AssertState(loaded, HistoryNotation.Parse(given).Count, "", "");
    }

    [Fact]
    public async Task LoadAsync_NewMessagesAnswerAnOldCall_DoesNotLeaveItOut()
    {
        var loaded = await Histories.LoadAsync("A call1 | U a | A b", "{}", new HistoryWindow { Reducer = new FakeReducer(messages => [messages[^1]]) }, "T result1");

        Assert.Equal("A b | A call1", HistoryNotation.Format(loaded.Messages));
        AssertState(loaded, 0, "", "");
    }

    [Theory]
    [InlineData("A call1", "T result1")]
    [InlineData("", "U a")]
    public async Task LoadAsync_NothingForTheReducer_DoesNotCallIt(string history, string newMessages)
    {
        var reducer = new FakeReducer(_ => throw new InvalidOperationException());

        await Histories.LoadAsync(history, $$"""{"summary_message":{{Summary}}}""", new HistoryWindow { Reducer = reducer }, newMessages);

        Assert.Empty(reducer.Given);
    }

    [Fact]
    public async Task LoadAsync_ReducerThatCutsInsideATurn_IsRepairedAfter()
    {
        var reducer = new FakeReducer(messages => [messages[0], messages[1], messages[5], messages[6]]);

        var loaded = await Histories.LoadAsync("U a | A call1 | T result1 | U b | A call2 | T result2 | A c", "{}", new HistoryWindow { Reducer = reducer });

        Assert.Equal("U a | A call1 | T cut1 | A c", HistoryNotation.Format(loaded.Messages));
        Assert.Equal(new HistoryRepair { InterruptedCallCount = 1, OrphanResultCount = 1 }, loaded.Repair);
    }

    [Fact]
    public async Task LoadAsync_CountWindowAndReducer_ReducesWhatTheWindowLeaves()
    {
        var reducer = new FakeReducer(messages => [messages[^1]]);

        var loaded = await Histories.LoadAsync(FourTurns, "{}", new HistoryWindow { MaxMessages = 4, Reducer = reducer }, "U i");

        Assert.Equal("U g | A h", Assert.Single(reducer.Given));
        AssertState(loaded, 7, "", "");
    }

    private static Task<LoadedHistory> ReduceAsync(string history, string state, string result) =>
        Histories.LoadAsync(history, state, new HistoryWindow { Reducer = new FakeReducer(messages => [.. Select(messages, result)]) });

    private static IEnumerable<ChatMessage> Select(IReadOnlyList<ChatMessage> messages, string result)
    {
        foreach (var part in result.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var numbers = part.Split(' ').TakeWhile(word => int.TryParse(word, out _)).ToList();
            foreach (var number in numbers)
            {
                yield return messages[int.Parse(number, null)];
            }

            foreach (var message in HistoryNotation.Parse(string.Join(' ', part.Split(' ').Skip(numbers.Count))))
            {
                yield return message;
            }
        }
    }

    private static void AssertState(LoadedHistory loaded, int removedCount, string system, string summary) => Assert.Equal(
        (removedCount, system, summary),
        (loaded.State["removed_message_count"]?.GetValue<int>() ?? 0, loaded.State["system_message"]?.ToJsonString() ?? "", loaded.State["summary_message"]?.ToJsonString() ?? ""));
}
