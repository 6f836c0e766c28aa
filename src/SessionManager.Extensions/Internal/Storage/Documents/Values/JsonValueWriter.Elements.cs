using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

internal sealed partial class JsonValueWriter
{
    // Below this a comparison of every pair is faster than a set.
    private const int FewKeys = 12;

    public static void WriteElement(IBsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, element);
                break;
            case JsonValueKind.Array:
                WriteArray(writer, element);
                break;
            case JsonValueKind.String:
                WriteString(writer, element);
                break;
            case JsonValueKind.Number:
                WriteNumber(writer, element);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(element.GetBoolean());
                break;
            case JsonValueKind.Null:
                writer.WriteNull();
                break;
            default:
                throw new UnstorableValueException("is a JsonElement without a value", null);
        }
    }

    private static void WriteObject(IBsonWriter writer, JsonElement element)
    {
        if (writer.SerializationDepth >= MaxBsonDepth || GetUniqueNames(element) is not { } names)
        {
            WriteRaw(writer, element.GetRawText());
            return;
        }

        var next = 0;
        writer.WriteStartDocument();
        foreach (var property in element.EnumerateObject())
        {
            // Decoded by the check before, once.
            writer.WriteName(BsonKeys.Encode(names[next++]));
            WriteElement(writer, property.Value);
        }

        writer.WriteEndDocument();
    }

    private static void WriteArray(IBsonWriter writer, JsonElement element)
    {
        if (writer.SerializationDepth >= MaxBsonDepth)
        {
            WriteRaw(writer, element.GetRawText());
            return;
        }

        writer.WriteStartArray();
        foreach (var item in element.EnumerateArray())
        {
            WriteElement(writer, item);
        }

        writer.WriteEndArray();
    }

    private static void WriteString(IBsonWriter writer, JsonElement element)
    {
        if (TryGetString(element) is { } text)
        {
            writer.WriteString(text);
        }
        else
        {
            WriteRaw(writer, element.GetRawText());
        }
    }

    private static string? TryGetString(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate, "\ud800": valid JSON, but no valid text.
            return null;
        }
    }

    // Null if a key occurs twice or is no valid text: BSON could hold neither.
    private static string[]? GetUniqueNames(JsonElement element)
    {
        var names = new string[element.GetPropertyCount()];
        var seen = names.Length > FewKeys ? new HashSet<string>(names.Length, StringComparer.Ordinal) : null;
        var count = 0;
        try
        {
            foreach (var property in element.EnumerateObject())
            {
                var name = property.Name;
                if (seen is null ? names.AsSpan(0, count).Contains(name) : !seen.Add(name))
                {
                    return null;
                }

                names[count++] = name;
            }
        }
        catch (InvalidOperationException)
        {
            return null;
        }

        return names;
    }

    private static void WriteNumber(IBsonWriter writer, JsonElement number)
    {
        if (TryGetInteger(number, out var integer))
        {
            if (int.MinValue <= integer && integer <= int.MaxValue)
            {
                writer.WriteInt32((int)integer);
            }
            else
            {
                writer.WriteInt64(integer);
            }
        }
        else if (TryGetExactDouble(number, out var real))
        {
            writer.WriteDouble(real);
        }
        else if (TryGetExactDecimal(number, out var exact))
        {
            writer.WriteDecimal128(exact);
        }
        else
        {
            WriteRaw(writer, number.GetRawText());
        }
    }

    /// <summary>The BSON number that is exactly the JSON number, or null where there is none.</summary>
    public static BsonValue? ToNumber(JsonElement number)
    {
        if (TryGetInteger(number, out var integer))
        {
            return int.MinValue <= integer && integer <= int.MaxValue ? new BsonInt32((int)integer) : new BsonInt64(integer);
        }

        return TryGetExactDouble(number, out var real) ? new BsonDouble(real)
            : TryGetExactDecimal(number, out var exact) ? new BsonDecimal128(exact)
            : null;
    }

    // Not -0, whose sign an integer loses.
    private static bool TryGetInteger(JsonElement number, out long integer) =>
        number.TryGetInt64(out integer) && (integer != 0 || JsonMarshal.GetRawUtf8Value(number)[0] != '-');

    private static bool TryGetExactDouble(JsonElement number, out double real) =>
        number.TryGetDouble(out real) && double.IsFinite(real) && IsSame(number, real);

    // Parsing fails where it would have to round.
    private static bool TryGetExactDecimal(JsonElement number, out Decimal128 exact) =>
        Decimal128.TryParse(number.GetRawText(), out exact);

    private static bool IsSame(JsonElement number, double real)
    {
        Span<byte> buffer = stackalloc byte[32];
        real.TryFormat(buffer, out var length, provider: CultureInfo.InvariantCulture);
        var text = buffer[..length];
        // The shortest text of a double is what reading it writes. Another text, such as 1e2 for 100, may have the same
        // value.
        if (JsonMarshal.GetRawUtf8Value(number).SequenceEqual(text))
        {
            return true;
        }

        try
        {
            return JsonElement.DeepEquals(number, JsonElement.Parse(text));
        }
        catch (ArgumentOutOfRangeException)
        {
            // An exponent that not even the comparison can hold.
            return false;
        }
    }
}
