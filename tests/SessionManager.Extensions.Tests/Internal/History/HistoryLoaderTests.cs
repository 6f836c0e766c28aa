namespace SessionManager.Internal.History;

public sealed class HistoryLoaderTests
{
    private const string FourTurns = "U a | A b | U c | A d | U e | A f | U g | A h";
    private const string Summary = """{"role":"user","content":[{"text":"so far"}]}""";

    [Theory]
    [InlineData("""{"removed_message_count":0}""", FourTurns)]
    [InlineData("""{"removed_message_count":5,"summary_message":null}""", "A f | U g | A h")]
    [InlineData("""{"removed_message_count":6,"summary_message":{"role":"user","content":[{"text":"so far"}]}}""", "U so far | U g | A h")]
    [InlineData("""{"removed_message_count":6,"summary_message":{"role":"user"},"system_message":"no"}""", "U g | A h")]
    [InlineData("""{"removed_message_count":6,"system_message":{"role":"system","content":[{"text":"rules"}]},"summary_message":{"role":"assistant","content":[{"text":"so far"}]}}""", "S rules | A so far | U g | A h")]
    public async Task LoadAsync_NoWindow_PutsTheKeptMessagesInFront(string state, string expected)
    {
        foreach (var window in (HistoryWindow?[])[null, new HistoryWindow()])
        {
            var loaded = await Histories.LoadAsync(FourTurns, state, window);

            Assert.Equal(expected, HistoryNotation.Format(loaded.Messages));
            Assert.Equal(state, loaded.State.ToJsonString());
            Assert.Equal(8 - Histories.Stored(state).RemovedMessageCount, loaded.RestoredCount);
        }
    }

    [Fact]
    public async Task LoadAsync_CountWindow_LeavesOutTheOldestTurnsAndCountsThem()
    {
        var loaded = await Histories.LoadAsync(
            FourTurns, """{"__name__":"window","removed_message_count":2,"summary_message":null}""", new HistoryWindow { MaxMessages = 6, MessagesAfterTrim = 3 }, "U i");

        Assert.Equal("U g | A h", HistoryNotation.Format(loaded.Messages));
        Assert.Equal(2, loaded.RestoredCount);
        Assert.Equal("""{"__name__":"window","removed_message_count":6,"summary_message":null}""", loaded.State.ToJsonString());
    }

    [Fact]
    public async Task LoadAsync_OnlyTheLatestMessagesWereRead_CountsTheOthersToo()
    {
        var loaded = await Histories.LoadAsync(
            Histories.Stored("""{"removed_message_count":1}"""),
            Histories.Messages(FourTurns, 4),
            new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 3, MessagesAfterTrim = 2, Reducer = new FakeReducer(messages => [messages[^1]]) } });

        Assert.Equal("A h", HistoryNotation.Format(loaded.Messages));
        Assert.Equal("""{"removed_message_count":7}""", loaded.State.ToJsonString());
    }

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(2, 1, "")]
    [InlineData(4, 3, "U g | A h")]
    [InlineData(7, 5, "U e | A f | U g | A h")]
    public async Task LoadAsync_CountWindowWithoutMessagesAfterTrim_LeavesThreeQuarters(int max, int after, string expected)
    {
        var byDefault = await Histories.LoadAsync(FourTurns, "{}", new HistoryWindow { MaxMessages = max }, "U i");
        var explicitly = await Histories.LoadAsync(FourTurns, "{}", new HistoryWindow { MaxMessages = max, MessagesAfterTrim = after }, "U i");

        Assert.Equal(expected, HistoryNotation.Format(byDefault.Messages));
        Assert.Equal(expected, HistoryNotation.Format(explicitly.Messages));
    }

    [Fact]
    public async Task LoadAsync_CountWindowOverASummary_KeepsItInFrontUncounted()
    {
        var state = $$"""{"summary_message":{{Summary}},"removed_message_count":2}""";
        var whole = await Histories.LoadAsync(FourTurns, state, new HistoryWindow { MaxMessages = 6 });
        var cut = await Histories.LoadAsync(FourTurns, state, new HistoryWindow { MaxMessages = 5, MessagesAfterTrim = 2 });

        Assert.Equal("U so far | U c | A d | U e | A f | U g | A h", HistoryNotation.Format(whole.Messages));
        Assert.Equal("U so far | U g | A h", HistoryNotation.Format(cut.Messages));
        Assert.Equal($$"""{"summary_message":{{Summary}},"removed_message_count":6}""", cut.State.ToJsonString());
    }

    [Fact]
    public async Task LoadAsync_CountWindowOverASystemMessage_KeepsItInFrontFromThenOn()
    {
        const string History = $"S rules | {FourTurns}";

        var first = await Histories.LoadAsync(History, "{}", new HistoryWindow { MaxMessages = 8, MessagesAfterTrim = 4 });
        var second = await Histories.LoadAsync(History, first.State.ToJsonString(), new HistoryWindow { MaxMessages = 3, MessagesAfterTrim = 2 });
        var third = await Histories.LoadAsync(History, second.State.ToJsonString(), null);

        Assert.Equal("S rules | U e | A f | U g | A h", HistoryNotation.Format(first.Messages));
        Assert.Equal("""{"removed_message_count":5,"system_message":{"role":"system","content":[{"text":"rules"}]}}""", first.State.ToJsonString());
        Assert.Equal("S rules | U g | A h", HistoryNotation.Format(second.Messages));
        Assert.Equal("S rules | U g | A h", HistoryNotation.Format(third.Messages));
    }

    [Fact]
    public async Task LoadAsync_CutInsideATurn_IsRepaired()
    {
        // Another program has set the count.
        var loaded = await Histories.LoadAsync("U a | A call1 | T result1 | A b", """{"removed_message_count":2}""", null);

        Assert.Equal("A b", HistoryNotation.Format(loaded.Messages));
        Assert.Equal((1, 1), (loaded.RestoredCount, loaded.Repair.OrphanResultCount));
    }

    [Fact]
    public async Task LoadAsync_StateThatWasGiven_IsNotChanged()
    {
        var stored = Histories.Stored($$"""{"removed_message_count":2,"summary_message":{{Summary}}}""");
        var before = stored.ConversationManagerState!.ToJsonString();

        await Histories.LoadAsync(
            stored,
            Histories.Messages(FourTurns, 2),
            new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 2, Reducer = new FakeReducer(messages => [.. messages.Skip(2)]) } });

        Assert.Equal(before, stored.ConversationManagerState.ToJsonString());
    }
}
