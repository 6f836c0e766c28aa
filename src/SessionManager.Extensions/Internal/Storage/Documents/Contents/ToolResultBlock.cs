using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// <c>{toolResult: {toolUseId, status, content}}</c>: a string is one text block, other JSON one json block, contents
/// are their own blocks.
/// </summary>
internal sealed class ToolResultBlock : ContentBlock<FunctionResultContent>
{
    // For errors of which nothing but the status is known.
    private const string UnknownError = "The tool reported an error.";

    protected override string[] Names => [MessageNames.ToolResult];

    protected override void Write(ContentWriter writer, FunctionResultContent content)
    {
        writer.Name(MessageNames.ToolResult);
        writer.Bson.WriteStartDocument();
        writer.BlockText(MessageNames.ToolUseId, content.CallId);
        var status = content.Exception is null ? MessageNames.Success : MessageNames.Error;
        writer.Bson.WriteString(MessageNames.Status, status);
        writer.Bson.WriteStartArray(MessageNames.Content);
        if (AsContents(content.Result) is { } contents)
        {
            writer.Blocks(contents, inToolResult: true);
        }
        else if (content.Result is not null)
        {
            WriteValue(writer, content.Result);
        }

        writer.Bson.WriteEndArray();
        writer.Bson.WriteEndDocument();
    }

    protected override void WriteDetails(ContentWriter writer, FunctionResultContent content)
    {
        writer.ExactText(MessageNames.ExactId, content.CallId);
        writer.ExactText(MessageNames.ExactText, content.Result as string);
        // Without a field of its own the text of an error is read back as the message of its exception.
        if (content.Exception is { } exception && (content.Result is not string text || text != exception.Message))
        {
            writer.Text(MessageNames.Exception, exception.Message);
        }

        if (AsContents(content.Result) is { } contents)
        {
            var resultType = content.Result is AIContent ? MessageNames.SingleContent : MessageNames.ListOfContents;
            writer.Text(MessageNames.ResultType, resultType);
            writer.Entries(contents, inToolResult: true);
        }
    }

    protected override AIContent Apply(FunctionResultContent content, ContentFields details)
    {
        var result = details.Text(MessageNames.ExactText) ?? content.Result;
        if (details.Text(MessageNames.ResultType) is { } resultType)
        {
            // A single text block was read as a string; it was the text of a content.
            var contents = result is string text ? [new TextContent(text)] : AsContents(result)?.ToList() ?? [];
            ContentEntry.Merge(contents, details.Get<List<ContentEntry>>(MessageNames.Contents));
            result = resultType == MessageNames.SingleContent && contents.Count == 1 ? contents[0] : contents;
        }

        return new FunctionResultContent(details.Text(MessageNames.ExactId) ?? content.CallId, result)
        {
            Exception = details.Exception() ?? content.Exception,
        };
    }

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

    private static IReadOnlyList<AIContent>? AsContents(object? result) => result switch
    {
        AIContent single => [single],
        IEnumerable<AIContent> several => several as IReadOnlyList<AIContent> ?? [.. several],
        _ => null,
    };

    private static void WriteValue(ContentWriter writer, object result)
    {
        writer.Bson.WriteStartDocument();
        if (result is string text)
        {
            writer.BlockText(MessageNames.Text, text);
        }
        else
        {
            writer.Value(MessageNames.Json, result, "result");
        }

        writer.Bson.WriteEndDocument();
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
        => name == MessageNames.Json ? new JsonPart(ReadJsonValue(reader.Bson)) : null;

    // A text or null that came as JSON, as from AIFunctionFactory, stays JSON: clients of models send a string as it is, and
    // JSON in quotes.
    private static object? ReadJsonValue(IBsonReader bson)
        => bson.CurrentBsonType is BsonType.String or BsonType.Null or BsonType.Document
            ? JsonValueReader.ReadElement(bson)
            : JsonValueReader.ReadValue(bson);

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
