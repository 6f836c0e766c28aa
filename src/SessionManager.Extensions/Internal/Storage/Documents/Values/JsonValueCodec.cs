using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Converts JSON-like values to BSON and back, straight from writer and reader. Equal means the same JSON; primitives
/// come back as the same .NET primitives, objects and arrays as <see cref="JsonElement"/>.
/// </summary>
internal sealed class JsonValueCodec(JsonSerializerOptions? serializerOptions = null)
{
    private readonly JsonValueWriter _writer = new(serializerOptions ?? AIJsonUtilities.DefaultOptions, strict: true);

    /// <summary>Writes any value that has a JSON form; what it throws names the location and the type.</summary>
    /// <exception cref="ArgumentException">The value, or one inside it, has no JSON form.</exception>
    public void Write(IBsonWriter writer, object? value, string location)
    {
        try
        {
            _writer.Write(writer, value);
        }
        catch (UnstorableValueException e)
        {
            e.AddParent(location);
            throw e.ToArgumentException(nameof(value));
        }
    }

    /// <inheritdoc cref="Write(IBsonWriter, object?, string)"/>
    public void Write(IBsonWriter writer, JsonObject value, string location) => Write(writer, (object?)value, location);

    /// <summary>Reads a value as a .NET primitive or, if it is an object or array, as a JsonElement.</summary>
    public static object? ReadValue(IBsonReader reader) => JsonValueReader.ReadValue(reader);

    /// <summary>Reads a value of any type as JSON.</summary>
    public static JsonElement ReadElement(IBsonReader reader) => JsonValueReader.ReadElement(reader);

    /// <summary>Reads a value of any type as JSON; null is JSON null.</summary>
    public static JsonNode? ReadNode(IBsonReader reader) => JsonValueReader.ReadNode(reader);

    /// <summary>Reads a document of any writer as a JSON object.</summary>
    /// <exception cref="FormatException">There is no document.</exception>
    public static JsonObject ReadObject(IBsonReader reader)
    {
        var type = reader.GetCurrentBsonType();
        return type == BsonType.Document && ReadNode(reader) is JsonObject map
            ? map
            : throw new FormatException($"Expected a stored object, found {type}.");
    }
}
