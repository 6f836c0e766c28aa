using System.Collections.Frozen;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary><c>{toolUse: {toolUseId, name, input}}</c></summary>
internal sealed class ToolUseBlock : ContentBlock<FunctionCallContent>
{
    private static readonly IDictionary<string, object?> NoArguments = FrozenDictionary<string, object?>.Empty;

    protected override string[] Names => [MessageNames.ToolUse];

    public override AIContent Read(ContentReader reader, string name)
    {
        string? id = null, tool = null;
        Dictionary<string, object?>? input = null;
        reader.StartDocument(name);
        while (reader.NextName(out var field))
        {
            switch (field)
            {
                case MessageNames.ToolUseId: id = reader.Text(field); break;
                case MessageNames.Name: tool = reader.Text(field); break;
                case MessageNames.Input: input = ReadInput(reader.Bson); break;
                default: reader.Bson.SkipValue(); break;
            }
        }

        reader.Bson.ReadEndDocument();
        return new FunctionCallContent(
            id ?? throw ContentReader.Missing(name, MessageNames.ToolUseId),
            tool ?? throw ContentReader.Missing(name, MessageNames.Name),
            input);
    }

    protected override void Write(ContentWriter writer, FunctionCallContent content)
    {
        writer.Name(MessageNames.ToolUse);
        writer.Bson.WriteStartDocument();
        writer.BlockText(MessageNames.ToolUseId, content.CallId);
        writer.BlockText(MessageNames.Name, content.Name);
        writer.Map(MessageNames.Input, content.Arguments ?? NoArguments, MessageNames.Arguments);
        writer.Bson.WriteEndDocument();
    }

    protected override void WriteDetails(ContentWriter writer, FunctionCallContent content)
    {
        writer.ExactText(MessageNames.ExactId, content.CallId);
        writer.ExactText(MessageNames.ExactName, content.Name);
        writer.Text(MessageNames.Exception, content.Exception?.Message);
        // The format wants an input, so the block has an empty one for null too.
        if (content.Arguments is null)
        {
            writer.Null(MessageNames.Arguments);
        }

        if (content.InformationalOnly)
        {
            writer.Flag(MessageNames.InformationalOnly, true);
        }
    }

    protected override AIContent Apply(FunctionCallContent content, ContentFields details)
        => new FunctionCallContent(
            details.Text(MessageNames.ExactId) ?? content.CallId,
            details.Text(MessageNames.ExactName) ?? content.Name,
            details.Has(MessageNames.Arguments) ? null : content.Arguments)
        {
            Exception = details.Exception(),
            InformationalOnly = details.Flag(MessageNames.InformationalOnly) ?? false,
        };

    // Models have been seen to send a list or a string for input, and other writers to store it.
    private static Dictionary<string, object?>? ReadInput(IBsonReader bson)
    {
        var input = new Dictionary<string, object?>();
        switch (bson.CurrentBsonType)
        {
            case BsonType.Document:
                JsonValueReader.ReadMap(bson, input);
                return input;
            case BsonType.Null:
                bson.ReadNull();
                return null;
            default:
                input[MessageNames.Input] = JsonValueReader.ReadValue(bson);
                return input;
        }
    }
}
