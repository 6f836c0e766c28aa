using System.Globalization;
using System.Text;
using System.Text.Json;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Tools;

/// <summary>
/// Writes values as Python prints them, so that a model reads the same from this tool as from the Python one.
/// </summary>
internal static class PythonText
{
    /// <summary>A list of strings, as <c>repr</c> writes it: <c>['a', "it's"]</c>.</summary>
    public static string Repr(IEnumerable<string> items) => $"[{string.Join(", ", items.Select(Repr))}]";

    /// <summary>A string, as <c>repr</c> writes it.</summary>
    public static string Repr(string text)
    {
        var quote = GetQuote(text);
        var repr = new StringBuilder(text.Length + 2).Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            AppendRune(repr, rune, quote);
        }

        return repr.Append(quote).ToString();
    }

    /// <summary>Bytes, as <c>repr</c> writes them: <c>b'a\x00'</c>.</summary>
    public static string Repr(byte[] bytes)
    {
        var quote = GetQuote(Encoding.Latin1.GetString(bytes));
        var repr = new StringBuilder(bytes.Length + 3).Append('b').Append(quote);
        foreach (var value in bytes)
        {
            if (value < 0x7F)
            {
                AppendRune(repr, new Rune((char)value), quote);
            }
            else
            {
                repr.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            }
        }

        return repr.Append(quote).ToString();
    }

    /// <summary>A number, as <c>repr</c> writes a float: always with a point or an exponent.</summary>
    public static string Repr(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
        }

        var sign = double.IsNegative(number) ? "-" : "";
        var (digits, point) = GetDigits(Math.Abs(number));
        return sign + point switch
        {
            > 16 or < -3 => $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(point > 0 ? '+' : '-')}{Math.Abs(point - 1):00}",
            <= 0 => $"0.{new string('0', -point)}{digits}",
            _ when point >= digits.Length => $"{digits.PadRight(point, '0')}.0",
            _ => $"{digits[..point]}.{digits[point..]}",
        };
    }

    /// <summary>A JSON value, as <c>str</c> writes it; objects and arrays stay JSON. Lone surrogates are replaced.</summary>
    public static string Str(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Utf16.ToWellFormed(Utf16.FromJson(value.GetRawText())),
        JsonValueKind.Number => StrNumber(value.GetRawText()),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Null or JsonValueKind.Undefined => "None",
        _ => value.GetRawText(),
    };

    /// <summary>A time, as <c>str</c> writes a datetime without a zone.</summary>
    public static string Str(DateTime time) =>
        time.ToString(time.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    // In Python, JSON with a fraction or an exponent is a float, everything else an int of any length.
    private static string StrNumber(string json)
    {
        if (json.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return json == "-0" ? "0" : json;
        }

        var number = double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? Repr(number) : number > 0 ? "inf" : "-inf";
    }

    private static char GetQuote(string text) =>
        text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';

    private static void AppendRune(StringBuilder repr, Rune rune, char quote)
    {
        var value = rune.Value;
        if (value == quote || value == '\\')
        {
            repr.Append('\\').Append((char)value);
        }
        else if (IsPrintable(rune))
        {
            repr.Append(rune);
        }
        else
        {
            repr.Append(value switch
            {
                '\t' => "\\t",
                '\n' => "\\n",
                '\r' => "\\r",
                <= 0xFF => $"\\x{value:x2}",
                <= 0xFFFF => $"\\u{value:x4}",
                _ => $"\\U{value:x8}",
            });
        }
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    // The shortest digits that give the number again, and where among them the point is.
    private static (string Digits, int Point) GetDigits(double number)
    {
        var parts = number.ToString("R", CultureInfo.InvariantCulture).Split('E');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        var integerLength = parts[0].IndexOf('.', StringComparison.Ordinal) is >= 0 and var index ? index : parts[0].Length;
        var padded = parts[0].Replace(".", "", StringComparison.Ordinal);
        var digits = padded.TrimStart('0');
        return digits.Length == 0 ? ("0", 1) : (digits.TrimEnd('0'), integerLength + exponent - (padded.Length - digits.Length));
    }
}
