using System.Buffers;
using System.Globalization;
using System.Text;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Makes any string usable as a BSON element name and as one segment of a field path, and back. What a server, an
/// update or a path would read as something else is percent-encoded: <c>%</c>, <c>.</c>, <c>$</c> and NUL as two
/// hexadecimal digits, a lone surrogate as <c>%uD800</c>; the empty string becomes <c>%</c>.
/// </summary>
internal static class BsonKeys
{
    private const string Empty = "%";
    private static readonly SearchValues<char> Reserved = SearchValues.Create("%.$\0");

    /// <summary>Returns the stored form of the key: the same instance where nothing needs encoding.</summary>
    public static string Encode(string key)
    {
        if (key.Length == 0)
        {
            return Empty;
        }

        return IsPlain(key) ? key : EncodeReserved(key);
    }

    /// <summary>
    /// Returns the key of a stored form. A name that <see cref="Encode"/> never yields, such as <c>50%</c>, comes
    /// from another writer and is returned as it is.
    /// </summary>
    public static string Decode(string name)
    {
        if (!name.Contains('%', StringComparison.Ordinal))
        {
            return name;
        }

        return name == Empty ? "" : TryDecode(name) ?? name;
    }

    private static bool IsPlain(string key) => !key.AsSpan().ContainsAny(Reserved) && Utf16.IsWellFormed(key);

    private static string EncodeReserved(string key)
    {
        var name = new StringBuilder(key.Length + 8);
        for (var i = 0; i < key.Length; i++)
        {
            var c = key[i];
            if (Utf16.IsPairAt(key, i))
            {
                name.Append(c).Append(key[++i]);
            }
            else if (char.IsSurrogate(c))
            {
                name.Append(CultureInfo.InvariantCulture, $"%u{(int)c:X4}");
            }
            else if (Reserved.Contains(c))
            {
                name.Append(CultureInfo.InvariantCulture, $"%{(int)c:X2}");
            }
            else
            {
                name.Append(c);
            }
        }

        return name.ToString();
    }

    private static string? TryDecode(string name)
    {
        var key = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] != '%')
            {
                key.Append(name[i]);
                continue;
            }

            var digits = name.AsSpan(i + 1) is ['u', ..] ? name.AsSpan(i + 2) : name.AsSpan(i + 1);
            var length = digits.Length < name.Length - i - 1 ? 4 : 2;
            if (digits.Length < length
                || !int.TryParse(digits[..length], NumberStyles.AllowHexSpecifier, null, out var c))
            {
                return null;
            }

            key.Append((char)c);
            i = name.Length - digits.Length + length - 1;
        }

        // Only what Encode would write again was written by it.
        var decoded = key.ToString();
        return string.Equals(Encode(decoded), name, StringComparison.Ordinal) ? decoded : null;
    }
}
