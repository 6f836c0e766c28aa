using System.Globalization;
using System.Text.Json;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// Writes stored values as <see cref="ExtendedJson"/>.
/// </summary>
internal static class ExtendedJsonWriter
{
    public static void Write(Utf8JsonWriter writer, BsonDocument document)
    {
        writer.WriteStartObject();
        foreach (var field in document)
        {
            writer.WritePropertyName(field.Name.StartsWith(ExtendedJson.Mark) ? $"{ExtendedJson.Mark}{field.Name}" : field.Name);
            Write(writer, field.Value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, BsonValue value)
    {
        switch (value)
        {
            case BsonDocument document:
                Write(writer, document);
                break;
            case BsonArray array:
                writer.WriteStartArray();
                foreach (var item in array)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case BsonString text:
                writer.WriteStringValue(text.Value);
                break;
            case BsonBoolean flag:
                writer.WriteBooleanValue(flag.Value);
                break;
            case BsonNull:
                writer.WriteNullValue();
                break;
            default:
                writer.WriteStartObject();
                WriteTyped(writer, value);
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteTyped(Utf8JsonWriter writer, BsonValue value)
    {
        switch (value)
        {
            case BsonInt32 number:
                writer.WriteString(ExtendedJson.Int32, number.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case BsonInt64 number:
                writer.WriteString(ExtendedJson.Int64, number.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case BsonDouble number:
                writer.WriteString(ExtendedJson.Double, number.Value.ToString("R", CultureInfo.InvariantCulture));
                break;
            case BsonDecimal128 number:
                writer.WriteString(ExtendedJson.Decimal, number.Value.ToString());
                break;
            case BsonDateTime time:
                writer.WriteStartObject(ExtendedJson.Date);
                writer.WriteString(ExtendedJson.Int64, time.MillisecondsSinceEpoch.ToString(CultureInfo.InvariantCulture));
                writer.WriteEndObject();
                break;
            case BsonObjectId id:
                writer.WriteString(ExtendedJson.ObjectId, id.Value.ToString());
                break;
            case BsonBinaryData data:
                writer.WriteStartObject(ExtendedJson.Binary);
                writer.WriteBase64String(ExtendedJson.Base64, data.Bytes);
                writer.WriteString(ExtendedJson.SubType, ((byte)data.SubType).ToString("x2", CultureInfo.InvariantCulture));
                writer.WriteEndObject();
                break;
            case BsonRegularExpression expression:
                writer.WriteStartObject(ExtendedJson.Regex);
                writer.WriteString(ExtendedJson.Pattern, expression.Pattern);
                writer.WriteString(ExtendedJson.Options, expression.Options);
                writer.WriteEndObject();
                break;
            case BsonTimestamp time:
                writer.WriteStartObject(ExtendedJson.Timestamp);
                writer.WriteNumber(ExtendedJson.Seconds, (uint)time.Timestamp);
                writer.WriteNumber(ExtendedJson.Increment, (uint)time.Increment);
                writer.WriteEndObject();
                break;
            case BsonJavaScriptWithScope code:
                writer.WriteString(ExtendedJson.Code, code.Code);
                writer.WritePropertyName(ExtendedJson.Scope);
                Write(writer, code.Scope);
                break;
            case BsonJavaScript code:
                writer.WriteString(ExtendedJson.Code, code.Code);
                break;
            case BsonSymbol symbol:
                writer.WriteString(ExtendedJson.Symbol, symbol.Name);
                break;
            case BsonUndefined:
                writer.WriteBoolean(ExtendedJson.Undefined, true);
                break;
            case BsonMinKey:
                writer.WriteNumber(ExtendedJson.MinKey, 1);
                break;
            case BsonMaxKey:
                writer.WriteNumber(ExtendedJson.MaxKey, 1);
                break;
            default:
                throw new InvalidOperationException($"A value of the type {value.BsonType} has no form.");
        }
    }
}
