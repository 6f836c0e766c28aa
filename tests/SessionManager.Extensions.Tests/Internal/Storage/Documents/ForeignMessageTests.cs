using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>Messages that Strands, a newer version of this library or anybody else wrote.</summary>
public sealed class ForeignMessageTests
{
    private readonly ChatMessageCodec _codec = new();

    [Fact]
    public void Decode_StrandsToolUse_IsReasoningTextAndCall()
    {
        var message = Decode(
            """
            {
              "role": "assistant",
              "content": [
                { "reasoningContent": { "reasoningText": { "text": "I need the weather.", "signature": null } } },
                { "text": "Let me look." },
                { "toolUse": { "toolUseId": "tooluse_1", "name": "weather", "input": { "city": "Oslo", "days": { "$numberLong": "3" } }, "type": "server_tool_use" } }
              ],
              "metadata": { "usage": { "inputTokens": 10 }, "metrics": { "latencyMs": 5 }, "custom": { "trace": "t-1", "contents": "mine" } }
            }
            """);

        ChatMessageAssert.Equal(
            new ChatMessage(ChatRole.Assistant,
            [
                new TextReasoningContent("I need the weather."),
                new TextContent("Let me look."),
                new FunctionCallContent("tooluse_1", "weather", new Dictionary<string, object?> { ["city"] = "Oslo", ["days"] = 3L }),
            ]),
            message);
    }

    [Fact]
    public void Decode_StrandsToolResult_IsResult()
        => ChatMessageAssert.Equal(
            new ChatMessage(ChatRole.User, [new FunctionResultContent("tooluse_1", "21 degrees")]),
            Decode("""{ "role": "user", "content": [{ "toolResult": { "toolUseId": "tooluse_1", "status": "success", "content": [{ "text": "21 degrees" }] } }] }"""));

    [Fact]
    public void Decode_StrandsDocument_IsData()
        => ChatMessageAssert.Equal(
            new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "application/pdf") { Name = "report" }]),
            Decode(
                """
                { "role": "user", "content": [{ "document": { "format": "pdf", "name": "report", "citations": { "enabled": true },
                  "source": { "bytes": { "$binary": { "base64": "AQ==", "subType": "00" } } } } }] }
                """));

    [Theory]
    [InlineData("""{ "cachePoint": { "type": "default" } }""", "cachePoint")]
    [InlineData("""{ "cachePoint": { "type": "default" }, "ttl": { "$numberLong": "5" } }""", "cachePoint")]
    [InlineData("""{ "guardContent": { "text": { "text": "x", "qualifiers": ["query"] } } }""", "guardContent")]
    [InlineData("""{ "citationsContent": { "citations": [{ "title": "t" }], "content": [{ "text": "x" }] } }""", "citationsContent")]
    [InlineData("""{ "reasoningContent": { "redactedContent": { "$binary": { "base64": "AQ==", "subType": "00" } } } }""", "reasoningContent")]
    [InlineData("""{ "image": { "format": "png", "source": { "s3Location": { "uri": "s3://bucket/cat.png" } } } }""", "image")]
    [InlineData("""{ "image": { "format": "bmp", "source": { "bytes": { "$binary": { "base64": "AQ==", "subType": "00" } } } } }""", "image")]
    [InlineData("""{ "when": { "$date": "2024-01-01T00:00:00Z" } }""", "when")]
    [InlineData("""{ "type": { "$numberInt": "1" } }""", "type")]
    public void Encode_UnknownBlock_IsTheSameBlock(string block, string name)
    {
        var json = $$"""{ "role": "user", "content": [{ "text": "a" }, {{block}}, { "text": "b" }] }""";

        var message = Decode(json);

        Assert.Equal(name, UnknownContent.Get(message.Contents[1])!.TypeName);
        StoredMessage.Equal(json, _codec.Encode(message));
    }

    [Fact]
    public void Decode_UnknownBlock_HasItsValueAsJson()
    {
        var content = Decode("""{ "role": "user", "content": [{ "cachePoint": { "type": "default" } }] }""").Contents[0];

        Assert.Equal("""{"type":"default"}""", UnknownContent.Get(content)!.Value.GetRawText());
    }

    [Fact]
    public void Encode_EntryOfNewerVersion_IsTheSameEntry()
    {
        const string Json =
            """
            { "role": "user", "content": [{ "text": "a" }], "metadata": { "custom": { "contents": [
              { "index": 0, "type": "hologram", "frames": [{ "$binary": { "base64": "AQ==", "subType": "00" } }], "at": { "$date": "2024-01-01T00:00:00Z" },
                "data": "not binary here", "additionalProperties": { "k": "v" } }
            ] } } }
            """;

        var message = Decode(Json);

        var unknown = UnknownContent.Get(message.Contents[0])!;
        Assert.Equal("hologram", unknown.TypeName);
        Assert.Equal("""{"frames":["AQ=="],"at":"2024-01-01T00:00:00Z","data":"not binary here"}""", unknown.Value.GetRawText());
        StoredMessage.Equal(Json, _codec.Encode(message));
    }

    [Theory]
    [InlineData(""" "type": "hologram", "text": "not a block", "image": 5, "outputs": [{ "text": 5 }], "contents": [{ "text": 5 }] """)]
    [InlineData(""" "type": "hologram", "value": 5, "other": 6 """)]
    [InlineData(""" "type": "hologram" """)]
    public void Encode_TypeOfNewerVersionWithFamiliarNames_IsTheSameEntry(string fields)
    {
        var json = $$"""{ "role": "user", "content": [], "metadata": { "custom": { "contents": [{ "index": 0, {{fields}} }] } } }""";

        var message = Decode(json);

        Assert.Equal("hologram", UnknownContent.Get(message.Contents[0])!.TypeName);
        StoredMessage.Equal(json, _codec.Encode(message));
    }

    [Theory]
    [InlineData(""" "type": "uri", "uri": "https://example.com" """)]
    [InlineData(""" "type": "uri", "uri": "https://example.com", "mediaType": "no media type" """)]
    [InlineData(""" "type": "toolApprovalRequest", "requestId": "r", "toolCall": { "type": "future" } """)]
    [InlineData(""" "type": "data", "mediaType": "audio/wav", "data": "text" """)]
    public void Encode_EntryThatLacksAField_IsTheSameEntry(string fields)
    {
        var json = $$"""{ "role": "user", "content": [], "metadata": { "custom": { "contents": [{ "index": 0, {{fields}} }] } } }""";

        var message = Decode(json);

        Assert.NotNull(UnknownContent.Get(message.Contents[0]));
        StoredMessage.Equal(json, _codec.Encode(message));
    }

    [Fact]
    public void Encode_UnknownContentInsideOther_IsTheSame()
    {
        const string Json =
            """
            { "role": "user", "content": [], "metadata": { "custom": { "contents": [{ "index": 0, "type": "mcpServerToolResult", "callId": "c",
              "outputs": [{ "cachePoint": { "type": "default" } }, { "type": "hologram", "at": { "$date": "2024-01-01T00:00:00Z" } }] }] } } }
            """;

        StoredMessage.Equal(Json, _codec.Encode(Decode(Json)));
    }

    [Fact]
    public void Encode_UnknownAnnotation_IsTheSame()
    {
        const string Json =
            """
            { "role": "user", "content": [{ "text": "a" }], "metadata": { "custom": { "contents": [{ "index": 0,
              "annotations": [{ "type": "future", "x": [1] }, { "type": "citation", "regions": [{ "type": "box", "left": 1 }] }] }] } } }
            """;

        StoredMessage.Equal(Json, _codec.Encode(Decode(Json)));
    }

    [Theory]
    [InlineData("""{ "$numberLong": "0" }""")]
    [InlineData("""{ "$numberDouble": "0.0" }""")]
    [InlineData("""{ "$numberDecimal": "0" }""")]
    public void Decode_IndexOfAnyNumberType_IsUnderstood(string index)
        => Assert.IsType<ErrorContent>(Decode(
            $$"""{ "role": "user", "content": [{ "text": "a" }], "metadata": { "custom": { "contents": [{ "index": {{index}}, "type": "error", "message": "m" }] } } }""")
            .Contents[0]);

    [Fact]
    public void Decode_BlocksRemovedByAnotherWriter_KeepsTheRest()
        => Assert.IsType<ErrorContent>(Assert.Single(Decode(
            """{ "role": "user", "content": [], "metadata": { "custom": { "contents": [{ "index": 2, "additionalProperties": {} }, { "index": 5, "type": "error", "message": "m" }] } } }""")
            .Contents));

    [Theory]
    [InlineData("[1]", "[1]")]
    [InlineData("\"text\"", "\"text\"")]
    public void Decode_InputThatIsNoDocument_IsTheArgumentInput(string input, string expected)
    {
        var content = Decode($$"""{ "role": "user", "content": [{ "toolUse": { "toolUseId": "c", "name": "n", "input": {{input}} } }] }""").Contents[0];

        Assert.Equal(expected, JsonSerializer.Serialize(Assert.IsType<FunctionCallContent>(content).Arguments!["input"]));
    }

    [Theory]
    [InlineData("""{ "content": [] }""", "A stored 'message' has no 'role'.")]
    [InlineData("""{ "role": "user" }""", "A stored 'message' has no 'content'.")]
    [InlineData("""{ "role": 5, "content": [] }""", "A stored 'role' is of type Int32; String was expected.")]
    [InlineData("""{ "role": " ", "content": [] }""", "A stored message has a blank role.")]
    [InlineData("""{ "role": "user", "content": 5 }""", "A stored 'content' is of type Int32; Array was expected.")]
    [InlineData("""{ "role": "user", "content": ["secret"] }""", "A stored 'block' is of type String; Document was expected.")]
    [InlineData("""{ "role": "user", "content": [{}] }""", "A stored block is empty.")]
    [InlineData("""{ "role": "user", "content": [{ "text": ["secret"] }] }""", "A stored 'text' is of type Array; String was expected.")]
    [InlineData("""{ "role": "user", "content": [{ "toolUse": { "name": "n" } }] }""", "A stored 'toolUse' has no 'toolUseId'.")]
    [InlineData("""{ "role": "user", "content": [{ "toolUse": { "toolUseId": "n" } }] }""", "A stored 'toolUse' has no 'name'.")]
    [InlineData("""{ "role": "user", "content": [{ "toolResult": {} }] }""", "A stored 'toolResult' has no 'toolUseId'.")]
    public void Decode_MalformedMessage_SaysWhatIsWrongWithoutItsContent(string json, string expected)
        => Assert.Equal(expected, Assert.Throws<FormatException>(() => Decode(json)).Message);

    [Fact]
    public void Decode_ContentThatIsAText_IsThatText()
        => ChatMessageAssert.Equal(new ChatMessage(ChatRole.User, "Hello"), Decode("""{ "role": "user", "content": "Hello" }"""));

    [Fact]
    public void Decode_ReaderInsideAnotherDocument_ReadsTheMessageOnly()
    {
        using var reader = new MongoDB.Bson.IO.BsonDocumentReader(
            BsonDocument.Parse("""{ "message": { "role": "user", "content": [{ "cachePoint": {} }] }, "after": "x" }"""));
        reader.ReadStartDocument();
        reader.ReadName();

        var message = _codec.Decode(reader);

        Assert.Single(message.Contents);
        Assert.Equal("after", reader.ReadName());
    }

    private ChatMessage Decode(string json) => _codec.Decode(StoredMessage.Parse(json));
}
