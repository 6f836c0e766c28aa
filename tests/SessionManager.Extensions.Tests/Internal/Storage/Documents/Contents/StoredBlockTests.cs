using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

public sealed class StoredBlockTests
{
    [Fact]
    public void Encode_LoneSurrogate_IsReplacedInBlockAndKeptExactly()
        => StoredMessage.EqualBlock(
            """{ "text": "a\uFFFDb" }""", new TextContent("a\ud800b"), """ "exactText": { "%json": "\"a\\uD800b\"" } """);

    [Fact]
    public void Encode_NulInText_IsKept()
        => StoredMessage.EqualBlock("""{ "text": "a\u0000b" }""", new TextContent("a\0b"));

    [Fact]
    public void Encode_Citation_IsDetailOfText()
        => StoredMessage.EqualBlock(
            """{ "text": "42" }""",
            new TextContent("42")
            {
                Annotations =
                [
                    new CitationAnnotation
                    {
                        Title = "Guide",
                        Url = new Uri("https://example.com/ü"),
                        FileId = "f",
                        ToolName = "search",
                        Snippet = "is 42",
                        AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = 0, EndIndex = 2 }, new AnnotatedRegion()],
                        AdditionalProperties = new() { ["score"] = 0.5 },
                    },
                    new AIAnnotation(),
                ],
            },
            """
            "annotations": [
              {
                "type": "citation", "title": "Guide", "url": "https://example.com/ü", "fileId": "f", "toolName": "search", "snippet": "is 42",
                "regions": [{ "type": "textSpan", "start": { "$numberLong": "0" }, "end": { "$numberLong": "2" } }, {}],
                "additionalProperties": { "score": 0.5 }
              },
              {}
            ]
            """);

    [Fact]
    public void Encode_Reasoning_IsReasoningText()
        => StoredMessage.EqualBlock(
            """{ "reasoningContent": { "reasoningText": { "text": "think", "signature": "c2ln" } } }""",
            new TextReasoningContent("think") { ProtectedData = "c2ln" });

    [Fact]
    public void Encode_ReasoningWithoutSignature_HasNone()
        => StoredMessage.EqualBlock(
            """{ "reasoningContent": { "reasoningText": { "text": "think" } } }""", new TextReasoningContent("think"));

    [Fact]
    public void Encode_FunctionCall_IsToolUse()
        => StoredMessage.EqualBlock(
            """{ "toolUse": { "toolUseId": "call_1", "name": "weather", "input": { "city": "Oslo", "days": 3, "opts": { "%24each": [1, null] } } } }""",
            new FunctionCallContent("call_1", "weather", new Dictionary<string, object?>
            {
                ["city"] = "Oslo",
                ["days"] = 3,
                ["opts"] = JsonElement.Parse("""{ "$each": [1, null] }"""),
            }));

    [Fact]
    public void Encode_FunctionCallWithoutArguments_HasEmptyInput()
        => StoredMessage.EqualBlock(
            """{ "toolUse": { "toolUseId": "c", "name": "n", "input": {} } }""", new FunctionCallContent("c", "n"), """ "arguments": null """);

    [Fact]
    public void Encode_FunctionCallDetails_AreKept()
        => StoredMessage.EqualBlock(
            """{ "toolUse": { "toolUseId": "c\uFFFD", "name": "n\uFFFD", "input": {} } }""",
            new FunctionCallContent("c\ud800", "n\ud801", new Dictionary<string, object?>())
            {
                Exception = new InvalidOperationException("bad arguments"),
                InformationalOnly = true,
            },
            """
            "exactId": { "%json": "\"c\\uD800\"" }, "exactName": { "%json": "\"n\\uD801\"" }, "exception": "bad arguments",
            "informationalOnly": true
            """);

    [Theory]
    [InlineData("image/png", "image", "png")]
    [InlineData("image/jpeg", "image", "jpeg")]
    [InlineData("image/gif", "image", "gif")]
    [InlineData("image/webp", "image", "webp")]
    [InlineData("video/mp4", "video", "mp4")]
    [InlineData("video/webm", "video", "webm")]
    [InlineData("video/quicktime", "video", "mov")]
    [InlineData("video/x-matroska", "video", "mkv")]
    [InlineData("video/x-flv", "video", "flv")]
    [InlineData("video/mpeg", "video", "mpeg")]
    [InlineData("video/mpg", "video", "mpg")]
    [InlineData("video/x-ms-wmv", "video", "wmv")]
    [InlineData("video/3gpp", "video", "three_gp")]
    public void Encode_ImageOrVideo_IsMediaBlockWithBinary(string mediaType, string block, string format)
        => StoredMessage.EqualBlock(
            $$"""{ "{{block}}": { "format": "{{format}}", "source": { "bytes": { "$binary": { "base64": "AQID", "subType": "00" } } } } }""",
            new DataContent(new byte[] { 1, 2, 3 }, mediaType));

    [Theory]
    [InlineData("application/pdf", "pdf")]
    [InlineData("text/csv", "csv")]
    [InlineData("application/msword", "doc")]
    [InlineData("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")]
    [InlineData("application/vnd.ms-excel", "xls")]
    [InlineData("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")]
    [InlineData("text/html", "html")]
    [InlineData("text/plain", "txt")]
    [InlineData("text/markdown", "md")]
    public void Encode_Document_IsNamedDocumentBlock(string mediaType, string format)
        => StoredMessage.EqualBlock(
            $$"""{ "document": { "format": "{{format}}", "name": "my file", "source": { "bytes": { "$binary": { "base64": "AQID", "subType": "00" } } } } }""",
            new DataContent(new byte[] { 1, 2, 3 }, mediaType) { Name = "my file" });

    [Theory]
    [InlineData("report.pdf", "report-pdf")]
    [InlineData("a  b/c", "a b-c")]
    public void Encode_DocumentNameThatConverseRefuses_IsKeptExactly(string name, string stored)
        => StoredMessage.EqualBlock(
            $$"""{ "document": { "format": "pdf", "name": "{{stored}}", "source": { "bytes": { "$binary": { "base64": "", "subType": "00" } } } } }""",
            new DataContent(ReadOnlyMemory<byte>.Empty, "application/pdf") { Name = name },
            $""" "name": "{name}" """);

    [Fact]
    public void Encode_DocumentWithoutName_GetsOneInTheBlockOnly()
        => StoredMessage.EqualBlock(
            """{ "document": { "format": "pdf", "name": "document", "source": { "bytes": { "$binary": { "base64": "", "subType": "00" } } } } }""",
            new DataContent(ReadOnlyMemory<byte>.Empty, "application/pdf"),
            """ "name": null """);

    [Theory]
    [InlineData("image/jpg", "jpeg")]
    [InlineData("IMAGE/PNG", "png")]
    [InlineData("image/webp; q=1", "webp")]
    public void Encode_MediaTypeWrittenAnotherWay_IsKeptExactly(string mediaType, string format)
        => StoredMessage.EqualBlock(
            $$"""{ "image": { "format": "{{format}}", "source": { "bytes": { "$binary": { "base64": "AQ==", "subType": "00" } } } } }""",
            new DataContent(new byte[] { 1 }, mediaType) { Name = "cat" },
            $""" "mediaType": "{mediaType}", "name": "cat" """);

    [Fact]
    public void Encode_PartOfAnArray_StoresThatPartOnly()
        => StoredMessage.EqualBlock(
            """{ "image": { "format": "png", "source": { "bytes": { "$binary": { "base64": "AgM=", "subType": "00" } } } } }""",
            new DataContent(new byte[] { 1, 2, 3, 4 }.AsMemory(1, 2), "image/png"));
}
