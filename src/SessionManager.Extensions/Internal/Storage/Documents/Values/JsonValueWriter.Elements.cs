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

    public static void WriteElement(IBsonWriter writer, JsonElement element) => WriteElement(writer, element, writer.SerializationDepth + MaxDepth);

    private static void WriteElement(IBsonWriter writer, JsonElement element, int end)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, element, end);
                break;
            case JsonValueKind.Array:
                WriteArray(writer, element, end);
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

    private static void WriteObject(IBsonWriter writer, JsonElement element, int end)
    {
        ThrowIfTooDeep(writer, end);
        if (writer.SerializationDepth >= MaxBsonDepth || GetUniqueNames(element) is not { } names)
        {
            WriteRaw(writer, element, end);
            return;
        }

        var next = 0;
        writer.WriteStartDocument();
        foreach (var property in element.EnumerateObject())
        {
            // Decoded by the check before, once.
            writer.WriteName(BsonKeys.Encode(names[next++]));
            WriteElement(writer, property.Value, end);
        }

        writer.WriteEndDocument();
    }

    private static void WriteArray(IBsonWriter writer, JsonElement element, int end)
    {
        ThrowIfTooDeep(writer, end);
        if (writer.SerializationDepth >= MaxBsonDepth)
        {
            WriteRaw(writer, element, end);
            return;
        }

        writer.WriteStartArray();
        foreach (var item in element.EnumerateArray())
        {
            WriteElement(writer, item, end);
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

    // JSON can write a number in many ways, and reading a BSON number yields one of them. Only where that is the way that the
    // number came is it stored as one: what a model has been sent it is sent again to the byte, or its provider's cache of the
    // prompt is lost.
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
        else if (TryGetDouble(number, out var real))
        {
            writer.WriteDouble(real);
        }
        else if (TryGetDecimal(number, out var fraction))
        {
            writer.WriteDecimal128(new Decimal128(fraction));
        }
        else if (TryGetDecimal128(number, out var exact))
        {
            writer.WriteDecimal128(exact);
        }
        else
        {
            WriteRaw(writer, number.GetRawText());
        }
    }

    /// <summary>Gets a number that is written as an integer. Not -0, whose sign an integer loses.</summary>
    public static bool TryGetInteger(JsonElement number, out long integer) =>
        number.TryGetInt64(out integer) && (integer != 0 || JsonMarshal.GetRawUtf8Value(number)[0] != '-');

    private static bool TryGetDouble(JsonElement number, out double real)
    {
        Span<byte> text = stackalloc byte[32];
        return number.TryGetDouble(out real)
            && real.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture)
            && JsonMarshal.GetRawUtf8Value(number).SequenceEqual(text[..length]);
    }

    private static bool TryGetDecimal(JsonElement number, out decimal fraction)
    {
        Span<byte> text = stackalloc byte[32];
        return number.TryGetDecimal(out fraction)
            && fraction.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture)
            && JsonMarshal.GetRawUtf8Value(number).SequenceEqual(text[..length]);
    }

    // Much slower, and only for numbers of more digits than a decimal has.
    private static bool TryGetDecimal128(JsonElement number, out Decimal128 exact)
    {
        var text = number.GetRawText();
        return Decimal128.TryParse(text, out exact) && BsonNumbers.ToJson(exact) == text;
    }
}
