using System.Globalization;
using System.Text;

namespace SessionManager.Tool.Output;

/// <summary>
/// What a model or a user has written, fit for a terminal: no escape sequence acts, nothing runs backwards or hides.
/// </summary>
internal static class SafeText
{
    public static string Clean(string text)
    {
        if (!text.Any(IsUnsafe))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (c == '\r')
            {
                continue;
            }

            clean = IsUnsafe(c) ? clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : clean.Append(c);
        }

        return clean.ToString();
    }

    /// <summary>
    /// Makes one line of a text, cut where it is too long.
    /// </summary>
    public static string ToLine(string text, int length = 200)
    {
        var line = Clean(text.ReplaceLineEndings(" "));
        return line.Length <= length ? line : string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[length - 2]) ? length - 2 : length - 1), "…");
    }

    private static bool IsUnsafe(char c) => c is not ('\n' or '\t')
        && (char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
