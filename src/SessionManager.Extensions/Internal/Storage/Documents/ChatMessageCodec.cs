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
internal sealed partial class ChatMessageCodec
{
    // Covers the names and small fields around one content.
    private const int ContentOverhead = 256;

    // Beyond what a server takes as one document, three bytes a character: too large to be worth a place in the pool.
    private const int MaxScratchSize = 1 << 26;

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
        var scratch = ArrayPool<byte>.Shared.Rent(EstimateSize(message));
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
            throw e.ToArgumentException(nameof(message));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
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
        writer.Map(MessageNames.AdditionalProperties, message.AdditionalProperties);
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
}
