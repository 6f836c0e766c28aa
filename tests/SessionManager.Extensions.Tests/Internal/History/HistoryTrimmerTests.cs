namespace SessionManager.Internal.History;

public sealed class HistoryTrimmerTests
{
    private const string FourTurns = "U a | A b | U c | A d | U e | A f | U g | A h";
    private const string ToolTurns = "U a | A call1 | T result1 | A b | U c | A call2 | T result2 | A d";

    [Theory]
    [InlineData(FourTurns, "", 8, 4, 0)]
    [InlineData(FourTurns, "U i", 9, 1, 0)]
    [InlineData(FourTurns, "U i", 8, 8, 2)]
    [InlineData(FourTurns, "U i", 8, 5, 4)]
    [InlineData(FourTurns, "", 7, 4, 4)]
    [InlineData(FourTurns, "", 4, 4, 4)]
    [InlineData(FourTurns, "U i | U j", 4, 4, 6)]
    [InlineData(FourTurns, "U i", 4, 1, 8)]
    [InlineData("", "U i | A j | U k", 1, 1, 0)]
    public void FindCut_PlainTurns_BeginsWithTheFirstTurnThatFits(string history, string newMessages, int max, int after, int expected) =>
        AssertCut(expected, history, newMessages, max, after);

    [Theory]
    [InlineData(ToolTurns, 7, 7, 4)]
    [InlineData(ToolTurns, 7, 3, 8)]
    [InlineData("U a | A ask1 | U yes1 | A call1 | T result1 | A b", 5, 5, 6)]
    [InlineData("U a | A call1 | U result1 | A b | U c", 4, 4, 4)]
    [InlineData("U a | A input1 | U reply1 | A b | U c", 4, 4, 4)]
    [InlineData("S a | A b | A c", 2, 2, 3)]
    public void FindCut_TurnsWithTools_NeverBeginsInsideOne(string history, int max, int after, int expected) =>
        AssertCut(expected, history, "U new", max, after);

    [Theory]
    [InlineData("U a | A b | U c | A call1", "T result1", 2, 1, 2)]
    [InlineData("U a | A b | U c | A call1 | T result1 | A call2", "T result2", 2, 2, 2)]
    [InlineData("U a | A b | U c | A ask1", "U yes1", 2, 1, 2)]
    [InlineData("U a | A b | U c | A ask1 | U d | A e", "U yes1", 2, 1, 2)]
    [InlineData("U a | A b | U c | A d", "A e", 2, 1, 2)]
    [InlineData("U a | A b | U c | A call1 | U d | A e", "T result1", 3, 3, 2)]
    [InlineData("U a | A call1 | T result1 | U c | A call1", "T result1", 2, 1, 3)]
    [InlineData("U a | A call1 | T result1 | U c | A d", "U e | A call1 | T result1", 3, 3, 5)]
    [InlineData("A b | A call1", "T result1", 1, 1, 0)]
    [InlineData("U a | A call1 | T result1 | U c | A d", "S rules | U e", 2, 1, 5)]
    [InlineData("U a | A b | U c | A d | U e", "A call1 | T result1", 6, 5, 2)]
    public void FindCut_NewMessagesGoOnWithATurn_KeepsThatTurn(string history, string newMessages, int max, int after, int expected) =>
        AssertCut(expected, history, newMessages, max, after);

    private static void AssertCut(int expected, string history, string newMessages, int max, int after) =>
        Assert.Equal(expected, HistoryTrimmer.FindCut(Histories.Index(HistoryNotation.Parse(history)), HistoryNotation.Parse(newMessages), isRepeated: false, max, after));
}
