using System.Buffers;
using System.Globalization;
using System.Text;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Makes text of others harmless where it is shown: in logs and in the messages of exceptions.
/// </summary>
internal static class LogText
{
    // Control characters begin lines and sequences that terminals obey; separators begin lines, too; the others turn around
    // what stands behind them.
    private static readonly SearchValues<char> Unsafe = SearchValues.Create(
    [
        .. Enumerable.Range(char.MinValue, char.MaxValue + 1).Select(static c => (char)c).Where(char.IsControl),
        '\u2028', '\u2029', '\u061C', '\u200E', '\u200F',
        '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069',
    ]);

    public static bool IsSafe(string text) => !text.AsSpan().ContainsAny(Unsafe);

    /// <summary>
    /// Returns the text with such characters as in JSON, <c>\u000A</c>: the same instance where there are none.
    /// </summary>
    public static string Escape(string text)
    {
        if (IsSafe(text))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            _ = Unsafe.Contains(c) ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}") : escaped.Append(c);
        }

        return escaped.ToString();
    }
}
