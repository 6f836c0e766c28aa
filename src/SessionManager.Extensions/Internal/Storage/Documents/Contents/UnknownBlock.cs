using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// Keeps what is unknown as it is stored, in <see cref="AIContent.RawRepresentation"/>: a block of the Converse format
/// that has no .NET content, or an entry that a newer version wrote.
/// </summary>
internal sealed class UnknownBlock : ContentBlock<UnknownContent>
{
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

    /// <summary>Adds an element to the block if it is unknown too.</summary>
    public static bool TryAdd(AIContent content, ContentReader reader, string name)
    {
        if (content is not UnknownContent { RawRepresentation: Stored stored })
        {
            return false;
        }

        stored.Document[name] = ReadValue(reader.Bson);
        return true;
    }

    /// <summary>Reads a document that holds content of an unknown type, or a block.</summary>
    public static UnknownContent ReadWhole(ContentReader reader)
    {
        var document = (BsonDocument)ReadValue(reader.Bson);
        // These are read and written by the caller, for contents of every type.
        document.Remove(MessageNames.Index);
        document.Remove(MessageNames.Annotations);
        document.Remove(MessageNames.AdditionalProperties);
        return ToContent(document, isBlock: !document.GetValue(MessageNames.Type, BsonNull.Value).IsString);
    }

    /// <summary>Writes content that has no block, as the fields of an entry.</summary>
    public static void WriteEntry(ContentWriter writer, UnknownContent content)
    {
        if (content.RawRepresentation is Stored stored)
        {
            WriteElements(writer, stored.Document);
        }
        else
        {
            writer.Text(MessageNames.Type, content.TypeName);
            writer.Value(MessageNames.Value, content.Value);
        }
    }

    public override AIContent Read(ContentReader reader, string name) => ReadElement(reader, name);

    protected override bool CanHold(AIContent content) => content.RawRepresentation is Stored { IsBlock: true };

    protected override void Write(ContentWriter writer, UnknownContent content)
        => WriteElements(writer, ((Stored)content.RawRepresentation!).Document);

    protected override void WriteDetails(ContentWriter writer, UnknownContent content)
    {
        // The block is all there is.
    }

    protected override AIContent Apply(UnknownContent content, ContentFields details) => content;

    private static UnknownContent ToContent(BsonDocument document, bool isBlock)
    {
        var name = isBlock ? document.Names.FirstOrDefault("") : document[MessageNames.Type].AsString;
        BsonValue value = !isBlock ? new BsonDocument(document.Where(element => element.Name != MessageNames.Type))
            : document.ElementCount == 1 ? document[0]
            : document;
        return new UnknownContent(name, ToJson(value)) { RawRepresentation = new Stored(document, isBlock) };
    }

    private static JsonElement ToJson(BsonValue value)
    {
        using var reader = new BsonDocumentReader(new BsonDocument(MessageNames.Value, value));
        reader.ReadStartDocument();
        reader.ReadName();
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

    private sealed record Stored(BsonDocument Document, bool IsBlock);
}
