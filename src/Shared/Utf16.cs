using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SessionManager.Internal.Shared;

/// <summary>.NET strings may hold lone surrogates; BSON strings, being UTF-8, may not.</summary>
internal static class Utf16
{
    private static readonly SearchValues<char> Surrogates
        = SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Select(c => (char)c)]);

    /// <summary>Whether every surrogate in the text is one half of a pair.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(Surrogates) is >= 0 and var next)
        {
            if (!IsPairAt(text, next))
            {
                return false;
            }

            text = text[(next + 2)..];
        }

        return true;
    }

    /// <summary>Whether a surrogate pair starts at the position.</summary>
    public static bool IsPairAt(ReadOnlySpan<char> text, int position)
        => position + 1 < text.Length && char.IsSurrogatePair(text[position], text[position + 1]);

    /// <summary>Puts U+FFFD in place of every lone surrogate; returns well-formed text as the same instance.</summary>
    public static string ToWellFormed(string text)
        => IsWellFormed(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text as a JSON string, in which even a lone surrogate has a form: \uD800.</summary>
    public static string ToJson(string text)
    {
        var json = new StringBuilder(text.Length + 16).Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (IsPairAt(text, i))
            {
                json.Append(c).Append(text[++i]);
            }
            else if (char.IsSurrogate(c) || c is < ' ' or '"' or '\\')
            {
                json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            }
            else
            {
                json.Append(c);
            }
        }

        return json.Append('"').ToString();
    }

    /// <summary>
    /// The text of a JSON string. <see cref="System.Text.Json.JsonElement.GetString"/> throws on a lone surrogate;
    /// regular expressions have the same escapes as JSON and take any code unit.
    /// </summary>
    public static string FromJson(string json) => Regex.Unescape(json[1..^1]);
}
