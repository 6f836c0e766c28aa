using System.Globalization;
using System.Text;
using System.Text.Json;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// Reads <see cref="ExtendedJson"/>. Nothing else is taken: a number that does not say its type could be any.
/// </summary>
internal static class ExtendedJsonReader
{
    /// <summary>
    /// Reads the document at which the reader stands, up to its end.
    /// </summary>
    /// <exception cref="FormatException">It is none. The message has nothing of the content.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static BsonDocument ReadDocument(ref Utf8JsonReader reader) => ReadValue(ref reader) as BsonDocument ?? throw new FormatException("A document is missing.");

    private static BsonValue ReadValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader),
        JsonTokenType.StartArray => ReadArray(ref reader),
        JsonTokenType.String => ReadText(ref reader),
        JsonTokenType.True => BsonBoolean.True,
        JsonTokenType.False => BsonBoolean.False,
        JsonTokenType.Null => BsonNull.Value,
        JsonTokenType.Number => throw new FormatException("A number does not say its type."),
        _ => throw new FormatException("A value is missing."),
    };

    private static BsonArray ReadArray(ref Utf8JsonReader reader)
    {
        var array = new BsonArray();
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            array.Add(ReadValue(ref reader));
        }

        return array;
    }

    private static BsonValue ReadObject(ref Utf8JsonReader reader)
    {
        // What another writer has stored twice is no reason to lose it.
        var document = new BsonDocument { AllowDuplicateNames = true };
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var name = ReadText(ref reader);
            if (name.StartsWith(ExtendedJson.Mark))
            {
                if (name.Length == 1 || name[1] != ExtendedJson.Mark)
                {
                    return document.ElementCount == 0 ? ReadTyped(ref reader, name) : throw Unknown();
                }

                name = name[1..];
            }

            if (name.Contains('\0', StringComparison.Ordinal))
            {
                throw new FormatException("The name of a field contains a NUL character.");
            }

            Next(ref reader);
            document.Add(name, ReadValue(ref reader));
        }

        return document;
    }

    private static BsonValue ReadTyped(ref Utf8JsonReader reader, string type)
    {
        Next(ref reader);
        BsonValue value;
        try
        {
            value = type switch
            {
                ExtendedJson.Int32 => int.Parse(ReadText(ref reader), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                ExtendedJson.Int64 => long.Parse(ReadText(ref reader), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                // A conversion would make 0 of -0.
                ExtendedJson.Double => new BsonDouble(double.Parse(ReadText(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture)),
                ExtendedJson.Decimal => Decimal128.Parse(ReadText(ref reader)),
                ExtendedJson.Date => ReadObject(ref reader) is BsonInt64 time ? new BsonDateTime(time.Value) : throw Invalid(),
                ExtendedJson.ObjectId => ObjectId.Parse(ReadText(ref reader)),
                ExtendedJson.Binary => ReadBinary(ref reader),
                ExtendedJson.Regex => ReadRegex(ref reader),
                ExtendedJson.Timestamp => ReadTimestamp(ref reader),
                ExtendedJson.Code => new BsonJavaScript(ReadText(ref reader)),
                ExtendedJson.Symbol => BsonSymbol.Create(ReadText(ref reader)),
                ExtendedJson.Undefined when reader.TokenType == JsonTokenType.True => BsonUndefined.Value,
                ExtendedJson.MinKey when reader.TryGetInt32(out var one) && one == 1 => BsonMinKey.Value,
                ExtendedJson.MaxKey when reader.TryGetInt32(out var one) && one == 1 => BsonMaxKey.Value,
                _ => throw Unknown(),
            };
        }
        // What a parser says may quote the value.
        catch (Exception e) when (e is OverflowException or ArgumentException or InvalidOperationException || (e is FormatException && !IsOwn(e)))
        {
            throw Invalid();
        }

        if (Next(ref reader) == JsonTokenType.EndObject)
        {
            return value;
        }

        if (value is not BsonJavaScript code || ReadText(ref reader) != ExtendedJson.Scope)
        {
            throw Unknown();
        }

        Next(ref reader);
        value = new BsonJavaScriptWithScope(code.Code, ReadDocument(ref reader));
        return Next(ref reader) == JsonTokenType.EndObject ? value : throw Unknown();
    }

    private static BsonBinaryData ReadBinary(ref Utf8JsonReader reader)
    {
        ReadName(ref reader, ExtendedJson.Base64);
        var bytes = reader.GetBytesFromBase64();
        ReadName(ref reader, ExtendedJson.SubType);
        var data = new BsonBinaryData(bytes, (BsonBinarySubType)byte.Parse(ReadText(ref reader), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        ReadEnd(ref reader);
        return data;
    }

    private static BsonRegularExpression ReadRegex(ref Utf8JsonReader reader)
    {
        ReadName(ref reader, ExtendedJson.Pattern);
        var pattern = ReadText(ref reader);
        ReadName(ref reader, ExtendedJson.Options);
        var expression = new BsonRegularExpression(pattern, ReadText(ref reader));
        ReadEnd(ref reader);
        return expression;
    }

    private static BsonTimestamp ReadTimestamp(ref Utf8JsonReader reader)
    {
        ReadName(ref reader, ExtendedJson.Seconds);
        var seconds = reader.GetUInt32();
        ReadName(ref reader, ExtendedJson.Increment);
        var time = new BsonTimestamp((int)seconds, (int)reader.GetUInt32());
        ReadEnd(ref reader);
        return time;
    }

    private static void ReadName(ref Utf8JsonReader reader, string name)
    {
        if (Next(ref reader) != JsonTokenType.PropertyName || !reader.ValueTextEquals(name))
        {
            throw Invalid();
        }

        Next(ref reader);
    }

    private static void ReadEnd(ref Utf8JsonReader reader)
    {
        if (Next(ref reader) != JsonTokenType.EndObject)
        {
            throw Invalid();
        }
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            throw Invalid();
        }

        try
        {
            return reader.GetString()!;
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException)
        {
            throw new TextException();
        }
    }

    // The end of the line is found by the reader itself: it knows that the object is not closed.
    private static JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : throw new FormatException("The line is cut off.");

    private static bool IsOwn(Exception exception) => exception is TypeException or TextException;

    private static TypeException Unknown() => new("A field's name begins with one '$', and is no type of Extended JSON.");

    private static TypeException Invalid() => new("A value is none of the type that it says.");

    private sealed class TypeException(string message) : FormatException(message);

    private sealed class TextException() : FormatException("A text is no UTF-8, or has half of a surrogate pair.");
}
