using Microsoft.Extensions.AI;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

public sealed class StoredMessageTests
{
    [Fact]
    public void Encode_UserText_IsPlainConverseMessage()
        => StoredMessage.Equal("""{ "role": "user", "content": [{ "text": "Hello" }] }""", new ChatMessage(ChatRole.User, "Hello"));

    [Fact]
    public void Encode_AssistantText_IsPlainConverseMessage()
        => StoredMessage.Equal("""{ "role": "assistant", "content": [{ "text": "Hi" }] }""", new ChatMessage(ChatRole.Assistant, "Hi"));

    [Fact]
    public void Encode_NoContents_IsEmptyArray()
        => StoredMessage.Equal("""{ "role": "user", "content": [] }""", new ChatMessage(ChatRole.User, (string?)null));

    [Theory]
    [InlineData("tool", "user")]
    [InlineData("system", "user")]
    [InlineData("developer", "user")]
    [InlineData("User", "user")]
    [InlineData("ASSISTANT", "assistant")]
    public void Encode_OtherRole_IsKeptExactly(string role, string stored)
        => StoredMessage.Equal(
            $$"""{ "role": "{{stored}}", "content": [{ "text": "x" }], "metadata": { "custom": { "role": "{{role}}" } } }""",
            new ChatMessage(new ChatRole(role), "x"));

    [Fact]
    public void Encode_MessageProperties_AreCustomMetadata()
        => StoredMessage.Equal(
            """
            {
              "role": "assistant",
              "content": [],
              "metadata": {
                "custom": {
                  "authorName": "support",
                  "messageId": "msg_1",
                  "createdAt": "2024-02-29T10:11:12.1234567+05:30",
                  "additionalProperties": { "a%2Eb": { "$numberInt": "1" }, "ok": true }
                }
              }
            }
            """,
            new ChatMessage(ChatRole.Assistant, [])
            {
                AuthorName = "support",
                MessageId = "msg_1",
                CreatedAt = new DateTimeOffset(2024, 2, 29, 10, 11, 12, TimeSpan.FromHours(5.5)).AddTicks(1234567),
                AdditionalProperties = new() { ["a.b"] = 1, ["ok"] = true },
            });

    [Fact]
    public void Encode_EmptyAdditionalProperties_AreNotNull()
        => StoredMessage.Equal(
            """{ "role": "user", "content": [], "metadata": { "custom": { "additionalProperties": {} } } }""",
            new ChatMessage(ChatRole.User, []) { AdditionalProperties = [] });

    [Fact]
    public void Encode_ContentsWithAndWithoutBlock_KeepTheirOrder()
        => StoredMessage.Equal(
            """
            {
              "role": "user",
              "content": [{ "text": "first" }, { "text": "last" }],
              "metadata": {
                "custom": {
                  "contents": [
                    { "index": 1, "type": "hostedVectorStore", "vectorStoreId": "v1" },
                    { "index": 2, "type": "error", "message": "failed" },
                    { "index": 3, "additionalProperties": { "k": "v" } }
                  ]
                }
              }
            }
            """,
            new ChatMessage(ChatRole.User,
            [
                new TextContent("first"),
                new HostedVectorStoreContent("v1"),
                new ErrorContent("failed"),
                new TextContent("last") { AdditionalProperties = new() { ["k"] = "v" } },
            ]));

    [Fact]
    public void Encode_RawRepresentation_IsNotStored()
        => Assert.Null(new ChatMessageCodec()
            .Decode(new ChatMessageCodec().Encode(new ChatMessage(ChatRole.User, "x") { RawRepresentation = new object() }))
            .RawRepresentation);

    [Fact]
    public void Decode_FieldsInAnotherOrder_IsTheSameMessage()
    {
        var message = new ChatMessageCodec().Decode(StoredMessage.Parse(
            """
            {
              "metadata": { "custom": { "contents": [{ "message": "failed", "type": "error", "index": 0 }], "role": "tool" } },
              "content": [{ "text": "after" }],
              "role": "user"
            }
            """));

        ChatMessageAssert.Equal(new ChatMessage(ChatRole.Tool, [new ErrorContent("failed"), new TextContent("after")]), message);
    }
}
