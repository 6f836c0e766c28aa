using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Turns <c>{"__bytes_encoded__": true, "data": "…"}</c>, as Strands writes bytes where a session is JSON, into binary.
/// </summary>
internal static class EncodedBytes
{
    private const string Mark = "__bytes_encoded__";
    private const string Data = "data";

    /// <summary>
    /// Decodes what a message has of them. Without any it is the same document.
    /// </summary>
    public static RawBsonDocument Decode(RawBsonDocument message) =>
        RawBson.GetSpan(message).IndexOf("__bytes_encoded__"u8) >= 0 ? RawBson.ToRaw((BsonDocument)Decode(RawBson.Materialize(message))) : message;

    private static BsonValue Decode(BsonValue value)
    {
        switch (value)
        {
            case BsonDocument document when TryDecode(document) is { } bytes:
                return bytes;
            case BsonDocument document:
                for (var i = 0; i < document.ElementCount; i++)
                {
                    document[i] = Decode(document[i]);
                }

                return document;
            case BsonArray array:
                for (var i = 0; i < array.Count; i++)
                {
                    array[i] = Decode(array[i]);
                }

                return array;
            default:
                return value;
        }
    }

    // What only looks like it stays what it is.
    private static BsonBinaryData? TryDecode(BsonDocument document)
    {
        if (document.ElementCount != 2
            || document.GetValue(Mark, BsonNull.Value) != BsonBoolean.True
            || document.GetValue(Data, BsonNull.Value) is not BsonString data)
        {
            return null;
        }

        var bytes = new byte[data.Value.Length];
        return Convert.TryFromBase64String(data.Value, bytes, out var length) ? new BsonBinaryData(bytes[..length]) : null;
    }
}
