using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

internal sealed partial class ToolResultBlock
{
    public override AIContent Read(ContentReader reader, string name)
    {
        string? id = null;
        object? result = null;
        var isError = false;
        reader.StartDocument(name);
        while (reader.NextName(out var field))
        {
            switch (field)
            {
                case MessageNames.ToolUseId: id = reader.Text(field); break;
                case MessageNames.Status: isError = reader.Text(field) == MessageNames.Error; break;
                case MessageNames.Content: result = ReadResult(reader); break;
                default: reader.Bson.SkipValue(); break;
            }
        }

        reader.Bson.ReadEndDocument();
        return new FunctionResultContent(id ?? throw ContentReader.Missing(name, MessageNames.ToolUseId), result)
        {
            Exception = isError ? new InvalidOperationException(result as string ?? UnknownError) : null,
        };
    }

    private static object? ReadResult(ContentReader reader)
    {
        if (reader.Bson.CurrentBsonType != BsonType.Array)
        {
            return JsonValueReader.ReadValue(reader.Bson);
        }

        var parts = new List<AIContent>(1);
        reader.Bson.ReadStartArray();
        while (reader.Bson.ReadBsonType() != BsonType.EndOfDocument)
        {
            parts.Add(reader.Block(ReadJson));
        }

        reader.Bson.ReadEndArray();
        return parts switch
        {
            [] => null,
            [JsonPart { Value: var value }] => value,
            [TextContent { Text: var text }] => text,
            [var single] => single,
            _ => parts.ConvertAll(part => part is JsonPart json ? new TextContent(json.ToText()) : part),
        };
    }

    private static JsonPart? ReadJson(ContentReader reader, string name)
        => name == MessageNames.Json ? new JsonPart(JsonValueReader.ReadValue(reader.Bson)) : null;

    // Next to other blocks, which only other programs write, JSON is shown as text: what a model would see of it.
    private sealed class JsonPart(object? value) : AIContent
    {
        private static readonly JsonSerializerOptions Compact = new(AIJsonUtilities.DefaultOptions)
        {
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            WriteIndented = false,
        };

        public object? Value => value;

        public string ToText() => JsonSerializer.Serialize(value, Compact);
    }
}
