using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Reads BSON values of any writer as JSON. What JSON has no type for becomes a string: dates in ISO 8601,
/// binary in base64, UUIDs and object ids in their usual text.
/// </summary>
internal static partial class JsonValueReader
{
    // More than a server's document and a value as text inside of it have together. What it costs to parse JSON grows with the
    // square of its depth, and a stack has an end.
    private const int MaxDepth = 256;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = MaxDepth };
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = int.MaxValue,
        // A property name that is no valid text is written raw together with its value, which validation would refuse.
        SkipValidation = true,
    };

    /// <summary>Reads a scalar as the .NET primitive that was written, an object or array as a JsonElement.</summary>
    public static object? ReadValue(IBsonReader reader)
    {
        switch (reader.GetCurrentBsonType())
        {
            case BsonType.String: return reader.ReadString();
            case BsonType.Boolean: return reader.ReadBoolean();
            case BsonType.Int32: return reader.ReadInt32();
            case BsonType.Int64: return reader.ReadInt64();
            case BsonType.Double: return reader.ReadDouble();
            case BsonType.Decimal128: return ToNumber(reader.ReadDecimal128());
            default: return ToValue(ReadElement(reader));
        }
    }

    public static JsonElement ReadElement(IBsonReader reader)
        => JsonElement.Parse(ReadUtf8(reader).WrittenSpan, Deep);

    public static JsonNode? ReadNode(IBsonReader reader)
        => JsonNode.Parse(ReadUtf8(reader).WrittenSpan, documentOptions: Deep);

    /// <summary>Reads a map of the application.</summary>
    public static void ReadMap(IBsonReader reader, IDictionary<string, object?> map)
    {
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var key = BsonKeys.Decode(reader.ReadName());
            map[key] = ReadValue(reader);
        }

        reader.ReadEndDocument();
    }

    private static ArrayBufferWriter<byte> ReadUtf8(IBsonReader reader)
    {
        var utf8 = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(utf8, Compact);
        CopyValue(reader, json);
        json.Flush();
        return utf8;
    }

    private static object? ToValue(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => null,
        // From the raw text, since GetString refuses half of a surrogate pair.
        JsonValueKind.String => Utf16.FromJson(element.GetRawText()),
        _ => element,
    };

    private static object ToNumber(Decimal128 exact)
    {
        if (BsonNumbers.TryGetDecimal(exact, out var number))
        {
            return number;
        }

        // 1E+400 and the like: only a JSON number holds it.
        var text = exact.ToString();
        return Decimal128.IsNaN(exact) || Decimal128.IsInfinity(exact)
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : JsonElement.Parse(text);
    }
}
