using System.Globalization;
using System.Text.Json;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

internal static partial class JsonValueReader
{
    private static void CopyDouble(double number, Utf8JsonWriter json)
    {
        if (double.IsFinite(number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void CopyDecimal(Decimal128 number, Utf8JsonWriter json)
    {
        if (Decimal128.IsNaN(number) || Decimal128.IsInfinity(number))
        {
            json.WriteStringValue(number.ToString());
        }
        else
        {
            json.WriteRawValue(BsonNumbers.ToJson(number), skipInputValidation: true);
        }
    }

    // Types that this library never writes.
    private static void CopyForeign(IBsonReader reader, Utf8JsonWriter json)
    {
        var type = reader.GetCurrentBsonType();
        switch (type)
        {
            case BsonType.Null: reader.ReadNull(); json.WriteNullValue(); break;
            case BsonType.Undefined: reader.ReadUndefined(); json.WriteNullValue(); break;
            case BsonType.DateTime: CopyDate(reader.ReadDateTime(), json); break;
            case BsonType.ObjectId: json.WriteStringValue(reader.ReadObjectId().ToString()); break;
            case BsonType.Binary: CopyBinary(reader, json); break;
            case BsonType.RegularExpression: json.WriteStringValue(reader.ReadRegularExpression().ToString()); break;
            case BsonType.JavaScript: json.WriteStringValue(reader.ReadJavaScript()); break;
            case BsonType.Symbol: json.WriteStringValue(reader.ReadSymbol()); break;
            case BsonType.Timestamp: json.WriteNumberValue(reader.ReadTimestamp()); break;
            case BsonType.MinKey: reader.ReadMinKey(); json.WriteStringValue(nameof(BsonType.MinKey)); break;
            case BsonType.MaxKey: reader.ReadMaxKey(); json.WriteStringValue(nameof(BsonType.MaxKey)); break;
            case BsonType.JavaScriptWithScope: CopyCode(reader, json); break;
            default: throw new FormatException($"A stored value has the unknown BSON type {type}.");
        }
    }

    private static void CopyDate(long milliseconds, Utf8JsonWriter json)
    {
        var date = new BsonDateTime(milliseconds);
        if (date.IsValidDateTime)
        {
            json.WriteStringValue(date.ToUniversalTime());
        }
        else
        {
            // Outside of the years that a DateTime can have.
            json.WriteNumberValue(milliseconds);
        }
    }

    private static void CopyBinary(IBsonReader reader, Utf8JsonWriter json)
    {
        if (TryReadBinary(reader) is not { } binary)
        {
            json.WriteNullValue();
            return;
        }

        // The byte order of the older subtype depends on the driver that wrote it: it stays bytes.
        if (binary.SubType == BsonBinarySubType.UuidStandard)
        {
            json.WriteStringValue(binary.ToGuid(GuidRepresentation.Standard));
        }
        else
        {
            json.WriteBase64StringValue(binary.Bytes);
        }
    }

    private static BsonBinaryData? TryReadBinary(IBsonReader reader)
    {
        var start = reader.GetBookmark();
        try
        {
            return reader.ReadBinaryData();
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // A UUID that has not 16 bytes: servers take it, the driver does not.
            reader.ReturnToBookmark(start);
            reader.SkipValue();
            return null;
        }
    }

    private static void CopyCode(IBsonReader reader, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("code", reader.ReadJavaScriptWithScope());
        json.WritePropertyName("scope");
        CopyDocument(reader, json);
        json.WriteEndObject();
    }
}
