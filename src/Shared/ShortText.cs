using System.Globalization;
using System.Text;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Makes a text short enough for one line of a list.
/// </summary>
internal static class ShortText
{
    private const string Cut = "…";

    /// <summary>
    /// Gets the beginning of a text on one line: white space and control characters are single spaces, and what is cut ends with an ellipsis.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">The largest number of characters. A text is cut between what a person sees as characters.</param>
    /// <returns>The text, well-formed; null where nothing is left.</returns>
    public static string? Create(string text, int maxLength)
    {
        var folded = Fold(text, maxLength + 1);
        if (folded.Length <= maxLength)
        {
            return folded.Length == 0 ? null : folded;
        }

        var length = 0;
        while (length + StringInfo.GetNextTextElementLength(folded.AsSpan(length)) is var next && next <= maxLength - Cut.Length)
        {
            length = next;
        }

        return folded[..length].TrimEnd() + Cut;
    }

    // A character more than asked for tells that there are more; a whole one of several, so that it is not taken for its beginning.
    private static string Fold(string text, int length)
    {
        var folded = new StringBuilder(length);
        var isSpace = false;
        Span<char> utf16 = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                isSpace = true;
                continue;
            }

            if (folded.Length >= length + Cut.Length)
            {
                break;
            }

            folded.Append(isSpace && folded.Length > 0 ? " " : "").Append(utf16[..rune.EncodeToUtf16(utf16)]);
            isSpace = false;
        }

        return folded.ToString();
    }
}
