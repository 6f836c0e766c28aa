using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Reads sessions of any writer. What the driver cannot read of one must not hide the rest of it, nor the list that it is in.
/// </summary>
internal sealed class StoredSessionSerializer : SerializerBase<BsonDocument>
{
    public static StoredSessionSerializer Instance { get; } = new();

    /// <inheritdoc/>
    public override BsonDocument Deserialize(BsonDeserializationContext context, BsonDeserializationArgs args)
    {
        // A name may be stored twice.
        var anyNames = context.With(static builder => builder.AllowDuplicateElementNames = true);
        var start = context.Reader.GetBookmark();
        try
        {
            return BsonDocumentSerializer.Instance.Deserialize(anyNames);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A UUID that has not 16 bytes, for example: servers take it, the driver does not.
            context.Reader.ReturnToBookmark(start);
            return ReadDocument(anyNames);
        }
    }

    private static BsonDocument ReadDocument(BsonDeserializationContext context)
    {
        var document = new BsonDocument { AllowDuplicateNames = true };
        context.Reader.ReadStartDocument();
        while (context.Reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var name = context.Reader.ReadName();
            if (TryReadValue(context) is { } value)
            {
                document.Add(name, value);
            }
        }

        context.Reader.ReadEndDocument();
        return document;
    }

    private static BsonArray ReadArray(BsonDeserializationContext context)
    {
        var array = new BsonArray();
        context.Reader.ReadStartArray();
        while (context.Reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            array.Add(TryReadValue(context) ?? BsonNull.Value);
        }

        context.Reader.ReadEndArray();
        return array;
    }

    private static BsonValue? TryReadValue(BsonDeserializationContext context)
    {
        switch (context.Reader.CurrentBsonType)
        {
            case BsonType.Document:
                return ReadDocument(context);
            case BsonType.Array:
                return ReadArray(context);
            default:
                var start = context.Reader.GetBookmark();
                try
                {
                    return BsonValueSerializer.Instance.Deserialize(context);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    context.Reader.ReturnToBookmark(start);
                    context.Reader.SkipValue();
                    return null;
                }
        }
    }
}
