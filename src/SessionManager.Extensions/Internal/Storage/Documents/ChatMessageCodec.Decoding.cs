using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Contents;

namespace SessionManager.Internal.Storage.Documents;

internal sealed partial class ChatMessageCodec
{
    /// <summary>Reads a message of any writer.</summary>
    /// <exception cref="FormatException">The document is no message.</exception>
    public ChatMessage Decode(RawBsonDocument document)
    {
        using var stream = new ByteBufferStream(document.Slice, ownsBuffer: false);
        using var bson = new BsonBinaryReader(stream);
        return Decode(bson);
    }

    /// <inheritdoc cref="Decode(RawBsonDocument)"/>
    public ChatMessage Decode(IBsonReader bson)
    {
        var reader = new ContentReader(bson, _registered);
        string? role = null;
        List<AIContent>? contents = null;
        ContentFields? custom = null;
        bson.ReadStartDocument();
        while (reader.NextName(out var name))
        {
            switch (name)
            {
                case MessageNames.Role:
                    role = reader.Text(name);
                    break;
                case MessageNames.Content:
                    contents = reader.Blocks(name);
                    break;
                case MessageNames.Metadata when bson.CurrentBsonType == BsonType.Document:
                    custom = ReadMetadata(reader);
                    break;
                default:
                    bson.SkipValue();
                    break;
            }
        }

        bson.ReadEndDocument();
        var message = new ChatMessage(
            ToRole(role ?? throw ContentReader.Missing("message", MessageNames.Role)),
            contents ?? throw ContentReader.Missing("message", MessageNames.Content));
        if (custom is not null)
        {
            Apply(custom, message, contents);
        }

        return message;
    }

    private static ChatRole ToRole(string role) => role switch
    {
        MessageNames.User => ChatRole.User,
        MessageNames.Assistant => ChatRole.Assistant,
        _ when string.IsNullOrWhiteSpace(role) => throw new FormatException("A stored message has a blank role."),
        _ => new ChatRole(role),
    };

    private static ContentFields? ReadMetadata(ContentReader reader)
    {
        ContentFields? custom = null;
        reader.StartDocument(MessageNames.Metadata);
        while (reader.NextName(out var name))
        {
            if (name == MessageNames.Custom && reader.Bson.CurrentBsonType == BsonType.Document)
            {
                custom = ReadCustom(reader);
            }
            else
            {
                reader.Bson.SkipValue();
            }
        }

        reader.Bson.ReadEndDocument();
        return custom;
    }

    // Other programs keep their own things here, of any shape.
    private static ContentFields ReadCustom(ContentReader reader)
    {
        var custom = new ContentFields();
        reader.Bson.ReadStartDocument();
        while (reader.NextName(out var name))
        {
            if (name is MessageNames.Role or MessageNames.AuthorName or MessageNames.MessageId or MessageNames.CreatedAt
                or MessageNames.AdditionalProperties or MessageNames.Contents)
            {
                custom[name] = reader.Field(name);
            }
            else
            {
                reader.Bson.SkipValue();
            }
        }

        reader.Bson.ReadEndDocument();
        return custom;
    }

    private static void Apply(ContentFields custom, ChatMessage message, List<AIContent> contents)
    {
        message.Role = custom.Text(MessageNames.Role) is { } role ? ToRole(role) : message.Role;
        message.AuthorName = custom.Text(MessageNames.AuthorName);
        message.MessageId = custom.Text(MessageNames.MessageId);
        message.CreatedAt = custom.Date(MessageNames.CreatedAt);
        message.AdditionalProperties = custom.Get<AdditionalPropertiesDictionary>(MessageNames.AdditionalProperties);
        ContentEntry.Merge(contents, custom.Get<List<ContentEntry>>(MessageNames.Contents));
    }
}
