using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>Compares stored documents with their text in extended JSON, which shows the type of every number.</summary>
internal static class StoredMessage
{
    private static readonly JsonWriterSettings Canonical = new() { OutputMode = JsonOutputMode.CanonicalExtendedJson, Indent = true };

    public static RawBsonDocument Parse(string json) => new(BsonDocument.Parse(json).ToBson());

    /// <summary>Asserts that the message is stored as the document, and that the document is read as the message.</summary>
    public static void Equal(string json, ChatMessage message, ChatMessageCodec? codec = null)
    {
        codec ??= new ChatMessageCodec();
        using var actual = codec.Encode(message);
        Equal(json, actual);
        ChatMessageAssert.Equal(message, codec.Decode(Parse(json)));
    }

    public static void Equal(string json, RawBsonDocument actual)
        => Assert.Equal(BsonDocument.Parse(json).ToJson(Canonical), actual.Materialize(BsonBinaryReaderSettings.Defaults).ToJson(Canonical));

    /// <summary>Asserts that content is stored as a block, with or without an entry for what the block lacks.</summary>
    public static void EqualBlock(string block, AIContent content, string? details = null)
        => Equal(
            details is null
                ? $$"""{ "role": "user", "content": [{{block}}] }"""
                : $$"""{ "role": "user", "content": [{{block}}], "metadata": { "custom": { "contents": [{ "index": 0, {{details}} }] } } }""",
            new ChatMessage(ChatRole.User, [content]));

    /// <summary>Asserts that content without a block is stored as an entry.</summary>
    public static void EqualEntry(string fields, AIContent content)
        => Equal(
            $$"""{ "role": "user", "content": [], "metadata": { "custom": { "contents": [{ "index": 0, {{fields}} }] } } }""",
            new ChatMessage(ChatRole.User, [content]));
}
