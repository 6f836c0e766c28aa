using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Contents;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Turns a <see cref="ChatMessage"/> into the document that stores it, and back. The document is a message of the
/// Converse format, which Strands shares; what that format lacks is under <c>metadata.custom</c>, so that every message
/// comes back equal. Raw representations are not stored, and of an exception only its message is. Thread-safe.
/// </summary>
internal sealed class ChatMessageCodec
{
    // Covers the names and small fields around one content.
    private const int ContentOverhead = 256;

    // The shared pool keeps an array of each size for each thread, so that it is for small ones. Of larger ones one of each size is
    // kept, 32 MB in all; who finds it in use gets one of its own, which nobody keeps.
    private const int MaxSharedSize = 256 * 1024;
    private const int MaxScratchSize = 16 * 1024 * 1024;

    private static readonly ArrayPool<byte> LargeScratches = ArrayPool<byte>.Create(MaxScratchSize, maxArraysPerBucket: 1);

    private static readonly BsonBinaryWriterSettings WriterSettings = new()
    {
        // The size is checked with the ids, by MessageDocumentSerializer, whose error says how large the message is.
        MaxDocumentSize = int.MaxValue,
        MaxSerializationDepth = 200,
    };

    private readonly JsonValueWriter _values;
    private readonly RegisteredContentTypes _registered;

    /// <param name="serializerOptions">
    /// Makes JSON of values that are not primitives, and knows the content types that the application added.
    /// </param>
    public ChatMessageCodec(JsonSerializerOptions? serializerOptions = null)
    {
        _values = new JsonValueWriter(serializerOptions ?? AIJsonUtilities.DefaultOptions);
        _registered = new RegisteredContentTypes(_values.Options);
    }

    /// <summary>Returns the document of a message, complete and independent of it.</summary>
    /// <exception cref="ArgumentException">A value in the message has no JSON form; the text says which.</exception>
    public RawBsonDocument Encode(ChatMessage message)
    {
        var size = EstimateSize(message);
        var pool = size <= MaxSharedSize ? ArrayPool<byte>.Shared : LargeScratches;
        var scratch = pool.Rent(size);
        try
        {
            // A message that is larger than estimated grows into an array of its own; the rented one goes back in any case.
            using var stream = new ByteBufferStream(new ByteArrayBuffer(scratch), ownsBuffer: true);
            using var bson = new BsonBinaryWriter(stream, WriterSettings);
            Write(bson, message);
            return new RawBsonDocument(stream.Buffer.AccessBackingBytes(0).AsSpan(0, (int)stream.Position).ToArray());
        }
        catch (UnstorableValueException e)
        {
            throw e.ToArgumentException(nameof(message), message);
        }
        finally
        {
            pool.Return(scratch);
        }
    }

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
                // As the Messages API of Anthropic lets one write it.
                case MessageNames.Content when bson.CurrentBsonType == BsonType.String:
                    contents = [new TextContent(bson.ReadString())];
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

    private void Write(BsonBinaryWriter bson, ChatMessage message)
    {
        var contents = message.Contents as IReadOnlyList<AIContent> ?? [.. message.Contents];
        var writer = new ContentWriter(bson, _values, _registered);
        // The format has these two roles; another one is kept beside them.
        var role = message.Role == ChatRole.Assistant ? MessageNames.Assistant : MessageNames.User;

        bson.WriteStartDocument();
        bson.WriteString(MessageNames.Role, role);
        bson.WriteStartArray(MessageNames.Content);
        writer.Blocks(contents, inToolResult: false);
        bson.WriteEndArray();
        writer.BeginDocument(MessageNames.Metadata);
        writer.BeginDocument(MessageNames.Custom);
        if (message.Role.Value != role)
        {
            writer.Text(MessageNames.Role, message.Role.Value);
        }

        writer.Text(MessageNames.AuthorName, message.AuthorName);
        writer.Text(MessageNames.MessageId, message.MessageId);
        writer.Date(MessageNames.CreatedAt, message.CreatedAt);
        writer.Properties(message, message.AdditionalProperties);
        writer.Entries(contents, inToolResult: false);
        writer.End();
        writer.End();
        bson.WriteEndDocument();
    }

    // The driver writes a string in place where three bytes for each of its characters are free.
    private static int EstimateSize(ChatMessage message)
    {
        var size = (long)ContentOverhead;
        foreach (var content in message.Contents)
        {
            size += ContentOverhead + content switch
            {
                TextContent text => 3L * text.Text.Length,
                DataContent data => data.Data.Length,
                FunctionResultContent { Result: string text } => 3L * text.Length,
                _ => ContentOverhead,
            };
        }

        return (int)Math.Min(size, MaxScratchSize);
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
