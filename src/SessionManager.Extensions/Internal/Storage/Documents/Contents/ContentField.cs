using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>A field that is read in a way of its own where it has the type; others are read as JSON.</summary>
/// <param name="Name">The name, which means the same in every content that has it.</param>
/// <param name="Type">The type, or null for any.</param>
/// <param name="Read">Reads the value.</param>
internal sealed record ContentField(string Name, BsonType? Type, Func<ContentReader, object?> Read)
{
    /// <summary>The fields that are in no content type's list: those of blocks, entries and annotations.</summary>
    public static ContentField[] Common =>
    [
        Map(MessageNames.Arguments),
        Properties(MessageNames.AdditionalProperties),
        new(MessageNames.Annotations, BsonType.Array, static reader => reader.Documents(AnnotationFormat.Read)),
        new(MessageNames.Regions, BsonType.Array, static reader => reader.Documents(AnnotationFormat.ReadRegion)),
        new(MessageNames.Contents, BsonType.Array, static reader => reader.Documents(static element => element.Entry())),
        new(MessageNames.Value, null, static reader => JsonValueReader.ReadElement(reader.Bson)),
    ];

    public static ContentField Map(string name) => new(name, BsonType.Document, static reader => reader.Map(new Dictionary<string, object?>()));

    public static ContentField Properties(string name) => new(name, BsonType.Document, static reader => reader.Map(new AdditionalPropertiesDictionary()));

    public static ContentField Nested(string name) => new(name, BsonType.Document, static reader => reader.Nested());

    public static ContentField NestedList(string name) => new(name, BsonType.Array, static reader => reader.Documents(static element => element.Nested()));

    public static ContentField Texts(string name) => new(name, BsonType.Array, static reader => reader.Texts());

    public static ContentField Bytes(string name) => new(name, BsonType.Binary, static reader => reader.Bson.ReadBinaryData().Bytes);
}
