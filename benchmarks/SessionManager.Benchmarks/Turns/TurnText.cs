using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// Texts of a kilobyte that differ, as what people say does: a message that repeats another may be taken for it.
/// </summary>
internal static class TurnText
{
    public static string Create(string kind, int number)
    {
        var beginning = string.Create(CultureInfo.InvariantCulture, $"{kind} {number:D8} ");
        return beginning + BenchmarkDatabase.Text[beginning.Length..];
    }

    /// <summary>
    /// Gets the first messages of a session, question and answer in turns.
    /// </summary>
    public static List<ChatMessage> CreateHistory(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, Create("history", i)))];
}
