using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// Keeps what is unknown as it is stored: a block of the Converse format that has no .NET content, or an entry that a newer
/// version wrote. It is content of the base type, which alone every serializer knows, with <see cref="UnknownContent"/> as an
/// additional property. That has the stored bytes, so that it goes through JSON as well.
/// </summary>
internal sealed class UnknownBlock : ContentBlock
{
    private const string Block = "block";
    private const string Entry = "entry";

    private static readonly RegisteredContentTypes NothingRegistered = new(AIJsonUtilities.DefaultOptions);

    protected override Type ClrType => typeof(AIContent);

    // What is read into one are elements that no other block has a name for.
    protected override string[] Names => [];

    protected override bool IsInToolResults => true;

    /// <summary>Reads the element of a block of an unknown kind.</summary>
    public static AIContent ReadElement(ContentReader reader, string name)
        => ToContent(new BsonDocument(name, ReadValue(reader.Bson)), isBlock: true);

    /// <summary>Reads the element of a block that turned out to be another than its name says.</summary>
    public static AIContent ReadElement(ContentReader reader, string name, BsonReaderBookmark value)
    {
        reader.Bson.ReturnToBookmark(value);
        return ReadElement(reader, name);
    }

    /// <summary>Reads a further element of a block; null if the block is a known one.</summary>
    public static AIContent? TryAdd(AIContent content, ContentReader reader, string name)
    {
        if (Find(content, Block) is not { } document)
        {
            return null;
        }

        document[name] = ReadValue(reader.Bson);
        return ToContent(document, isBlock: true);
    }

    /// <summary>Reads a document that holds content of an unknown type, or a block.</summary>
    public static AIContent ReadWhole(ContentReader reader)
    {
        var document = (BsonDocument)ReadValue(reader.Bson);
        RemoveCommon(document);
        return ToContent(document, isBlock: !document.GetValue(MessageNames.Type, BsonNull.Value).IsString);
    }

    /// <summary>Writes content that has no block, as the fields of an entry; false if it is no unknown content.</summary>
    public static bool TryWriteEntry(ContentWriter writer, AIContent content)
    {
        if (Find(content, Entry) is not { } document)
        {
            return false;
        }

        RemoveCommon(document);
        WriteElements(writer, document);
        return true;
    }

    /// <summary>The additional properties of any content, without the one that unknown content is.</summary>
    public static IEnumerable<KeyValuePair<string, object?>>? GetProperties(AIContent content)
    {
        if ((Find(content, Block) ?? Find(content, Entry)) is null)
        {
            return content.AdditionalProperties;
        }

        var properties = new AdditionalPropertiesDictionary(content.AdditionalProperties!);
        properties.Remove(UnknownContent.PropertyName);
        return properties.Count > 0 ? properties : null;
    }

    public override AIContent Read(ContentReader reader, string name) => ReadElement(reader, name);

    public override void Write(ContentWriter writer, AIContent content) => WriteElements(writer, Find(content, Block)!);

    public override void WriteDetails(ContentWriter writer, AIContent content)
    {
        // The block is all there is.
    }

    public override AIContent Apply(AIContent content, ContentFields details) => content;

    protected override bool CanHold(AIContent content) => Find(content, Block) is not null;

    private static AIContent ToContent(BsonDocument document, bool isBlock)
    {
        var name = isBlock ? document.Names.FirstOrDefault("") : document[MessageNames.Type].AsString;
        var property = new BsonDocument
        {
            { MessageNames.Type, name },
            { MessageNames.Value, isBlock ? GetBlockValue(document) : GetEntryValue(document) },
            { isBlock ? Block : Entry, document.ToBson() },
        };
        return new AIContent { AdditionalProperties = new() { [UnknownContent.PropertyName] = ToJson(property) } };
    }

    private static BsonValue GetBlockValue(BsonDocument block) => block.ElementCount == 1 ? block[0] : block;

    // Content of a type that its application had registered has its JSON as the value, and nothing else.
    private static BsonValue GetEntryValue(BsonDocument entry)
    {
        var fields = new BsonDocument(entry.Where(element => element.Name != MessageNames.Type));
        return fields.ElementCount == 1 && fields.Contains(MessageNames.Value) ? fields[0] : fields;
    }

    private static BsonDocument? Find(AIContent content, string kind)
    {
        // Content may have come as JSON from anywhere. What could not be read again is no unknown content.
        if (content.GetType() != typeof(AIContent)
            || content.AdditionalProperties?.GetValueOrDefault(UnknownContent.PropertyName) is not JsonElement { ValueKind: JsonValueKind.Object } property
            || !property.TryGetProperty(kind, out var stored)
            || stored.ValueKind != JsonValueKind.String
            || !stored.TryGetBytesFromBase64(out var bytes))
        {
            return null;
        }

        try
        {
            using var again = new BsonBinaryReader(new MemoryStream(bytes));
            var reader = new ContentReader(again, NothingRegistered);
            _ = kind == Block ? reader.Block() : reader.Nested();
            using var bson = new BsonBinaryReader(new MemoryStream(bytes));
            var document = (BsonDocument)ReadValue(bson);
            return kind == Block || document.GetValue(MessageNames.Type, BsonNull.Value).IsString ? document : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null;
        }
    }

    // These are read and written by the caller, for contents of every type.
    private static void RemoveCommon(BsonDocument document)
    {
        document.Remove(MessageNames.Index);
        document.Remove(MessageNames.Annotations);
        document.Remove(MessageNames.AdditionalProperties);
    }

    private static JsonElement ToJson(BsonDocument document)
    {
        using var reader = new BsonDocumentReader(document);
        return JsonValueReader.ReadElement(reader);
    }

    private static BsonValue ReadValue(IBsonReader bson)
        => BsonValueSerializer.Instance.Deserialize(
            // Another writer may have stored a name twice.
            BsonDeserializationContext.CreateRoot(bson, context => context.AllowDuplicateElementNames = true));

    private static void WriteElements(ContentWriter writer, BsonDocument document)
    {
        var context = BsonSerializationContext.CreateRoot(writer.Bson);
        foreach (var element in document)
        {
            writer.Name(element.Name);
            BsonValueSerializer.Instance.Serialize(context, element.Value);
        }
    }
}
