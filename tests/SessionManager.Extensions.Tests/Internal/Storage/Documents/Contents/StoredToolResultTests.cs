using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Contents;

public sealed class StoredToolResultTests
{
    private const string Png = """{ "image": { "format": "png", "source": { "bytes": { "$binary": { "base64": "AQ==", "subType": "00" } } } } }""";

    [Fact]
    public void Encode_String_IsText() => Equal("""{ "text": "sunny" }""", "sunny");

    [Fact]
    public void Encode_Null_IsNoBlock() => Equal("", null);

    [Fact]
    public void Encode_Object_IsJson()
        => Equal("""{ "json": { "temp": 21.5, "%24date": null } }""", JsonElement.Parse("""{ "temp": 21.5, "$date": null }"""));

    [Theory]
    [InlineData(5, """{ "json": { "$numberInt": "5" } }""")]
    [InlineData(5L, """{ "json": { "$numberLong": "5" } }""")]
    [InlineData(true, """{ "json": true }""")]
    public void Encode_Scalar_IsJson(object result, string block) => Equal(block, result);

    [Theory]
    [InlineData("\"sunny\"")]
    [InlineData("null")]
    [InlineData("\"half \\uD800\"")]
    public void Case21_JsonThatIsNoObject_StaysJson(string json)
    {
        // As AIFunctionFactory makes it of what a function returns. Clients of models send a string as it is, and this in quotes.
        var result = Decode(new FunctionResultContent("c", JsonElement.Parse(json))).Result;

        Assert.Equal(json, Assert.IsType<JsonElement>(result).GetRawText());
    }

    [Fact]
    public void Case21_JsonString_IsStoredApartFromText()
        => Equal("""{ "json": "sunny" }""", JsonValue.Create("sunny"));

    [Fact]
    public void Encode_SingleContent_IsItsBlock()
        => Equal(Png, new DataContent(new byte[] { 1 }, "image/png"), """ "resultType": "content" """);

    [Fact]
    public void Encode_SingleText_IsNotConfusedWithString()
        => Equal("""{ "text": "sunny" }""", new TextContent("sunny"), """ "resultType": "content" """);

    [Fact]
    public void Encode_ListOfOne_IsNotConfusedWithSingle()
        => Equal("""{ "text": "sunny" }""", new List<AIContent> { new TextContent("sunny") }, """ "resultType": "contents" """);

    [Fact]
    public void Encode_EmptyList_IsNotConfusedWithNull() => Equal("", new List<AIContent>(), """ "resultType": "contents" """);

    [Fact]
    public void Encode_ListWithContentThatHasNoBlock_KeepsOrderAndDetails()
        => Equal(
            $$"""{ "text": "a" }, {{Png}}""",
            new List<AIContent>
            {
                new TextContent("a"),
                new FunctionCallContent("inner", "n"),
                new DataContent(new byte[] { 1 }, "image/png") { Name = "cat" },
            },
            """
            "resultType": "contents",
            "contents": [
              { "index": 1, "toolUse": { "toolUseId": "inner", "name": "n", "input": {} }, "arguments": null },
              { "index": 2, "name": "cat" }
            ]
            """);

    [Fact]
    public void Encode_Exception_IsErrorWithItsMessage()
        => StoredMessage.EqualBlock(
            """{ "toolResult": { "toolUseId": "c", "status": "error", "content": [{ "text": "Error: failed." }] } }""",
            new FunctionResultContent("c", "Error: failed.") { Exception = new TimeoutException("too slow") },
            """ "exception": "too slow" """);

    [Fact]
    public void Encode_ExceptionThatTheResultRepeats_NeedsNoDetail()
        => StoredMessage.EqualBlock(
            """{ "toolResult": { "toolUseId": "c", "status": "error", "content": [{ "text": "too slow" }] } }""",
            new FunctionResultContent("c", "too slow") { Exception = new TimeoutException("too slow") });

    [Fact]
    public void Encode_LoneSurrogates_AreKeptExactly()
        => StoredMessage.EqualBlock(
            """{ "toolResult": { "toolUseId": "\uFFFD", "status": "success", "content": [{ "text": "\uFFFD" }] } }""",
            new FunctionResultContent("\ud800", "\ud801"),
            """ "exactId": { "%json": "\"\\uD800\"" }, "exactText": { "%json": "\"\\uD801\"" } """);

    [Fact]
    public void Decode_ErrorOfAnotherWriter_HasAnException()
    {
        var result = Decode("""{ "toolResult": { "toolUseId": "c", "status": "error", "content": [{ "json": { "code": 7 } }] } }""");

        Assert.Equal("The tool reported an error.", Assert.IsType<InvalidOperationException>(result.Exception).Message);
    }

    [Fact]
    public void Decode_NoStatus_IsSuccess()
        => Assert.Null(Decode("""{ "toolResult": { "toolUseId": "c", "content": [] } }""").Exception);

    [Fact]
    public void Decode_SeveralBlocksOfAnotherWriter_AreContents()
    {
        var result = Decode($$"""{ "toolResult": { "toolUseId": "c", "content": [{ "text": "a" }, { "json": { "b": [1] } }, {{Png}}] } }""");

        var contents = Assert.IsType<List<AIContent>>(result.Result);
        Assert.Collection(
            contents,
            first => Assert.Equal("a", Assert.IsType<TextContent>(first).Text),
            second => Assert.Equal("""{"b":[1]}""", Assert.IsType<TextContent>(second).Text),
            third => Assert.Equal("image/png", Assert.IsType<DataContent>(third).MediaType));
    }

    [Fact]
    public void Decode_SingleImageOfAnotherWriter_IsContent()
        => Assert.IsType<DataContent>(Decode($$"""{ "toolResult": { "toolUseId": "c", "content": [{{Png}}] } }""").Result);

    [Fact]
    public void Decode_UnknownBlockInResult_IsWrittenAgain()
    {
        const string Json = """{ "role": "user", "content": [{ "toolResult": { "toolUseId": "c", "status": "success", "content": [{ "text": "a" }, { "searchResult": { "title": "t" } }] } }] }""";
        var codec = new ChatMessageCodec();

        using var again = codec.Encode(codec.Decode(StoredMessage.Parse(Json)));

        Assert.Equal(BsonDocument.Parse(Json)["content"], again["content"]);
    }

    private static void Equal(string blocks, object? result, string? details = null)
        => StoredMessage.EqualBlock(
            $$"""{ "toolResult": { "toolUseId": "c", "status": "success", "content": [{{blocks}}] } }""",
            new FunctionResultContent("c", result),
            details);

    private static FunctionResultContent Decode(FunctionResultContent content)
    {
        var codec = new ChatMessageCodec();
        return (FunctionResultContent)codec.Decode(codec.Encode(new ChatMessage(ChatRole.Tool, [content]))).Contents[0];
    }

    private static FunctionResultContent Decode(string block)
        => (FunctionResultContent)new ChatMessageCodec()
            .Decode(StoredMessage.Parse($$"""{ "role": "user", "content": [{{block}}] }""")).Contents[0];
}
