using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Messages that come back go through the JSON of Microsoft.Extensions.AI, as a web API sends them and gets them again.
/// </summary>
public sealed class SerializedMessageTests
{
    private static readonly JsonSerializerOptions OfTheApplication = new(AIJsonUtilities.DefaultOptions);

    private readonly ChatMessageCodec _codec = new();

    public static TheoryData<string> UnknownMessages =>
    [
        Message("""{ "cachePoint": { "type": "default" } }"""),
        Message("""{ "cachePoint": { "type": "default" }, "ttl": { "$numberLong": "5" }, "_id": 1 }"""),
        Message("""{ "guardContent": { "at": { "$date": "2024-01-01T00:00:00Z" }, "id": { "$oid": "507f1f77bcf86cd799439011" }, "n": { "$numberDouble": "-0.0" } } }"""),
        Message("""{ "reasoningContent": { "redactedContent": { "$binary": { "base64": "AQ==", "subType": "05" } } } }"""),
        Message("""{ "image": { "format": "png", "source": { "s3Location": { "uri": "s3://bucket/cat.png" } } } }"""),
        Message("""{ "type": "text", "body": "a" }"""),
        Message("", """{ "index": 0, "type": "hologram", "frames": [{ "$numberLong": "1" }], "additionalProperties": { "k": "v" } }"""),
        Message("", """{ "index": 0, "type": "My.App.Weather", "value": { "city": "Oslo", "days": 1.5 } }"""),
        Message("", """{ "index": 0, "type": "mcpServerToolResult", "callId": "c", "outputs": [{ "cachePoint": { "type": "default" } }, { "type": "hologram" }] }"""),
        Message("""{ "text": "a" }""", """{ "index": 0, "annotations": [{ "type": "future", "x": [1] }, { "type": "citation", "title": "t", "regions": [{ "type": "box", "left": 1 }, {}] }] }"""),
    ];

    [Theory]
    [MemberData(nameof(UnknownMessages))]
    [InlineData("""{ "role": "user", "content": [{ "toolResult": { "toolUseId": "c", "content": [{ "text": "a" }, { "searchResult": { "title": "t" } }] } }] }""")]
    [InlineData("""{ "role": "user", "content": [{ "toolResult": { "toolUseId": "c", "content": [{ "searchResult": { "title": "t" } }] } }] }""")]
    public void Case29_UnknownContent_IsSerializedWithTheOptionsOfMessages(string stored)
    {
        var message = _codec.Decode(StoredMessage.Parse(stored));

        foreach (var options in (JsonSerializerOptions[])[AIJsonUtilities.DefaultOptions, OfTheApplication])
        {
            Assert.NotEmpty(JsonSerializer.Serialize(message, options));
            Assert.NotEmpty(JsonSerializer.Serialize(new ChatResponse(message), options));
            Assert.NotEmpty(JsonSerializer.Serialize(message.Contents[0], options));
            Assert.NotEmpty(JsonSerializer.Serialize(message.Contents, options));
        }
    }

    [Theory]
    [MemberData(nameof(UnknownMessages))]
    public void Case29_UnknownContentThatWentThroughJson_IsStoredAsItWas(string stored)
    {
        var message = _codec.Decode(StoredMessage.Parse(stored));

        var json = JsonSerializer.Serialize(message, OfTheApplication);
        var again = JsonSerializer.Deserialize<ChatMessage>(json, OfTheApplication)!;

        StoredMessage.Equal(stored, _codec.Encode(message));
        StoredMessage.Equal(stored, _codec.Encode(again));
        Assert.Equal(UnknownContent.Get(message.Contents[0])?.TypeName, UnknownContent.Get(again.Contents[0])?.TypeName);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("""{ "type": "x", "value": 1 }""")]
    [InlineData("""{ "type": "x", "value": 1, "block": 5 }""")]
    [InlineData("""{ "type": "x", "value": 1, "block": "no base64" }""")]
    [InlineData("""{ "type": "x", "value": 1, "block": "AAAA" }""")]
    [InlineData("""{ "type": "x", "value": 1, "entry": "BQAAAAA=" }""")]
    // Nothing, and a text that is a number: they could never be read again.
    [InlineData("""{ "type": "x", "value": 1, "block": "BQAAAAA=" }""")]
    [InlineData("""{ "type": "x", "value": 1, "block": "DwAAABB0ZXh0AAUAAAAA" }""")]
    public void Case29_WhatOnlyLooksLikeUnknownContent_IsAProperty(string property)
    {
        var content = new AIContent { AdditionalProperties = new() { [UnknownContent.PropertyName] = JsonElement.Parse(property), ["k"] = "v" } };

        ChatMessageAssert.Equal(content, _codec.Decode(_codec.Encode(new ChatMessage(ChatRole.User, [content]))).Contents[0]);
    }

    [Fact]
    public void Case29_UnknownContentWithFurtherProperties_KeepsThem()
    {
        var stored = Message("""{ "cachePoint": { "type": "default" } }""");
        var message = _codec.Decode(StoredMessage.Parse(stored));
        message.Contents[0].AdditionalProperties!["k"] = "v";

        var again = _codec.Decode(_codec.Encode(message)).Contents[0];

        Assert.Equal("cachePoint", UnknownContent.Get(again)?.TypeName);
        Assert.Equal("v", again.AdditionalProperties?["k"]);
        StoredMessage.Equal(
            Message("""{ "cachePoint": { "type": "default" } }""", """{ "index": 0, "additionalProperties": { "k": "v" } }"""), _codec.Encode(message));
    }

    [Fact]
    public void Case29_EveryContent_IsSerializedAsItWouldHaveBeenBefore()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        foreach (var message in ChatMessageGenerators.Message.Sample(500, new Rnd(seed), 50))
        {
            // NaN has no JSON, for one.
            var before = Record.Exception(() => JsonSerializer.Serialize(message, AIJsonUtilities.DefaultOptions));
            var after = Record.Exception(() => JsonSerializer.Serialize(_codec.Decode(_codec.Encode(message)), AIJsonUtilities.DefaultOptions));
            Assert.True(before is not null || after is null, $"seed {seed}: {after}");
        }
    }

    [Fact]
    public void Get_KnownContent_IsNull()
    {
        Assert.Null(UnknownContent.Get(new TextContent("a")));
        Assert.Null(UnknownContent.Get(new AIContent()));
        Assert.Throws<ArgumentNullException>("content", () => UnknownContent.Get(null!));
    }

    private static string Message(string block, string? entry = null) => entry is null
        ? $$"""{ "role": "user", "content": [{{block}}] }"""
        : $$"""{ "role": "user", "content": [{{block}}], "metadata": { "custom": { "contents": [{{entry}}] } } }""";
}
