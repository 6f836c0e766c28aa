using System.Text.Json;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

internal static partial class JsonValueReader
{
    private static void CopyValue(IBsonReader reader, Utf8JsonWriter json)
    {
        switch (reader.GetCurrentBsonType())
        {
            case BsonType.Document: CopyDocument(reader, json); break;
            case BsonType.Array: CopyArray(reader, json); break;
            case BsonType.String: json.WriteStringValue(reader.ReadString()); break;
            case BsonType.Boolean: json.WriteBooleanValue(reader.ReadBoolean()); break;
            case BsonType.Int32: json.WriteNumberValue(reader.ReadInt32()); break;
            case BsonType.Int64: json.WriteNumberValue(reader.ReadInt64()); break;
            case BsonType.Double: CopyDouble(reader.ReadDouble(), json); break;
            case BsonType.Decimal128: CopyDecimal(reader.ReadDecimal128(), json); break;
            default: CopyForeign(reader, json); break;
        }
    }

    private static void CopyDocument(IBsonReader reader, Utf8JsonWriter json)
    {
        ThrowIfTooDeep(json);
        reader.ReadStartDocument();
        var type = reader.ReadBsonType();
        var name = type == BsonType.EndOfDocument ? null : reader.ReadName();
        // The writer puts it alone into its document, and so first. Anywhere else it is a property like any other.
        if (name == JsonValueWriter.RawKey && type == BsonType.String)
        {
            CopyRaw(reader, json);
        }
        else
        {
            json.WriteStartObject();
            if (name is not null)
            {
                CopyProperty(name, reader, json);
                CopyProperties(reader, json);
            }

            json.WriteEndObject();
        }

        reader.ReadEndDocument();
    }

    private static void CopyProperties(IBsonReader reader, Utf8JsonWriter json)
    {
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            CopyProperty(reader.ReadName(), reader, json);
        }
    }

    private static void CopyProperty(string name, IBsonReader reader, Utf8JsonWriter json)
    {
        var key = BsonKeys.Decode(name);
        if (Utf16.IsWellFormed(key))
        {
            json.WritePropertyName(key);
            CopyValue(reader, json);
        }
        else
        {
            // The JSON writer would put U+FFFD in place of a lone surrogate.
            json.WriteRawValue($"{Utf16.ToJson(key)}:{ReadElement(reader).GetRawText()}", skipInputValidation: true);
        }
    }

    // Text that is no JSON comes from another writer and stays an ordinary property.
    private static void CopyRaw(IBsonReader reader, Utf8JsonWriter json)
    {
        var text = reader.ReadString();
        if (IsJson(text, MaxDepth - json.CurrentDepth))
        {
            json.WriteRawValue(text, skipInputValidation: true);
            return;
        }

        json.WriteStartObject();
        json.WriteString(JsonValueWriter.RawKey, text);
        CopyProperties(reader, json);
        json.WriteEndObject();
    }

    private static void CopyArray(IBsonReader reader, Utf8JsonWriter json)
    {
        ThrowIfTooDeep(json);
        json.WriteStartArray();
        reader.ReadStartArray();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            CopyValue(reader, json);
        }

        reader.ReadEndArray();
        json.WriteEndArray();
    }

    private static void ThrowIfTooDeep(Utf8JsonWriter json)
    {
        if (json.CurrentDepth >= MaxDepth)
        {
            throw new FormatException($"A stored value is nested more than {MaxDepth} levels deep.");
        }
    }

    // What is deeper than this library writes it stays a text, too.
    private static bool IsJson(string text, int maxDepth)
    {
        try
        {
            JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = maxDepth });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
