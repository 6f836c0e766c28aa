using Microsoft.Extensions.AI;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents.Contents;

public sealed class StoredEntryTests
{
    [Fact]
    public void Encode_PlainContent_IsEntry() => StoredMessage.EqualEntry(""" "type": "aiContent" """, new AIContent());

    [Fact]
    public void Encode_DataWithoutBlock_IsEntryWithBinary()
        => StoredMessage.EqualEntry(
            """ "type": "data", "mediaType": "audio/wav", "name": "a.wav", "data": { "$binary": { "base64": "AQI=", "subType": "00" } } """,
            new DataContent(new byte[] { 1, 2 }, "audio/wav") { Name = "a.wav" });

    [Fact]
    public void Encode_Uri_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "uri", "uri": "https://example.com/%20?q=ü", "mediaType": "image/*" """,
            new UriContent(new Uri("https://example.com/%20?q=ü"), "image/*"));

    [Fact]
    public void Encode_Error_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "error", "message": "m", "errorCode": "c", "details": "d" """,
            new ErrorContent("m") { ErrorCode = "c", Details = "d" });

    [Fact]
    public void Encode_Usage_IsEntryWithEveryCount()
        => StoredMessage.EqualEntry(
            """
            "type": "usage",
            "inputTokenCount": { "$numberLong": "1" },
            "outputTokenCount": { "$numberLong": "2" },
            "totalTokenCount": { "$numberLong": "3" },
            "cachedInputTokenCount": { "$numberLong": "4" },
            "reasoningTokenCount": { "$numberLong": "5" },
            "inputAudioTokenCount": { "$numberLong": "6" },
            "inputTextTokenCount": { "$numberLong": "7" },
            "outputAudioTokenCount": { "$numberLong": "8" },
            "outputTextTokenCount": { "$numberLong": "9" },
            "additionalCounts": { "cache%2Ewrite": { "$numberLong": "10" } }
            """,
            new UsageContent(new UsageDetails
            {
                InputTokenCount = 1,
                OutputTokenCount = 2,
                TotalTokenCount = 3,
                CachedInputTokenCount = 4,
                ReasoningTokenCount = 5,
                InputAudioTokenCount = 6,
                InputTextTokenCount = 7,
                OutputAudioTokenCount = 8,
                OutputTextTokenCount = 9,
                AdditionalCounts = new() { ["cache.write"] = 10 },
            }));

    [Fact]
    public void Encode_HostedFile_IsEntry()
        => StoredMessage.EqualEntry(
            """
            "type": "hostedFile", "fileId": "f", "mediaType": "text/csv", "name": "n", "sizeInBytes": { "$numberLong": "9" },
            "createdAt": "1970-01-01T00:00:00.0000000+00:00", "purpose": "p", "scope": "s"
            """,
            new HostedFileContent("f")
            {
                MediaType = "text/csv",
                Name = "n",
                SizeInBytes = 9,
                CreatedAt = DateTimeOffset.UnixEpoch,
                Purpose = "p",
                Scope = "s",
            });

    [Fact]
    public void Encode_HostedVectorStore_IsEntry()
        => StoredMessage.EqualEntry(""" "type": "hostedVectorStore", "vectorStoreId": "v" """, new HostedVectorStoreContent("v"));

    [Fact]
    public void Encode_ToolCall_IsEntry()
        => StoredMessage.EqualEntry(""" "type": "toolCall", "callId": "c" """, new ToolCallContent("c"));

    [Fact]
    public void Encode_ToolResult_IsEntry()
        => StoredMessage.EqualEntry(""" "type": "toolResult", "callId": "c" """, new ToolResultContent("c"));

    [Fact]
    public void Encode_McpServerToolCall_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "mcpServerToolCall", "callId": "c", "name": "n", "serverName": "s", "arguments": { "x": { "$numberInt": "1" } } """,
            new McpServerToolCallContent("c", "n", "s") { Arguments = new Dictionary<string, object?> { ["x"] = 1 } });

    [Fact]
    public void Encode_McpServerToolResult_IsEntryWithWholeContents()
        => StoredMessage.EqualEntry(
            """
            "type": "mcpServerToolResult", "callId": "c",
            "outputs": [{ "text": "a" }, { "text": "b", "additionalProperties": { "k": "v" } }, { "type": "error", "message": "m" }]
            """,
            new McpServerToolResultContent("c")
            {
                Outputs =
                [
                    new TextContent("a"),
                    new TextContent("b") { AdditionalProperties = new() { ["k"] = "v" } },
                    new ErrorContent("m"),
                ],
            });

    [Fact]
    public void Encode_CodeInterpreterToolCall_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "codeInterpreterToolCall", "callId": "c", "inputs": [{ "text": "1+1" }] """,
            new CodeInterpreterToolCallContent("c") { Inputs = [new TextContent("1+1")] });

    [Fact]
    public void Encode_CodeInterpreterToolResult_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "codeInterpreterToolResult", "callId": "c", "outputs": [] """,
            new CodeInterpreterToolResultContent("c") { Outputs = [] });

    [Fact]
    public void Encode_ImageGenerationToolCall_IsEntry()
        => StoredMessage.EqualEntry(""" "type": "imageGenerationToolCall", "callId": "c" """, new ImageGenerationToolCallContent("c"));

    [Fact]
    public void Encode_ImageGenerationToolResult_IsEntry()
        => StoredMessage.EqualEntry(
            """
            "type": "imageGenerationToolResult", "callId": "c",
            "outputs": [{ "image": { "format": "png", "source": { "bytes": { "$binary": { "base64": "AQ==", "subType": "00" } } } }, "name": "cat" }]
            """,
            new ImageGenerationToolResultContent("c") { Outputs = [new DataContent(new byte[] { 1 }, "image/png") { Name = "cat" }] });

    [Fact]
    public void Encode_WebSearchToolCall_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "webSearchToolCall", "callId": "c", "queries": ["a", { "%json": "\"\\uD800\"" }] """,
            new WebSearchToolCallContent("c") { Queries = ["a", "\ud800"] });

    [Fact]
    public void Encode_WebSearchToolResult_IsEntry()
        => StoredMessage.EqualEntry(
            """ "type": "webSearchToolResult", "callId": "c", "outputs": [{ "type": "uri", "uri": "https://example.com", "mediaType": "text/html" }] """,
            new WebSearchToolResultContent("c") { Outputs = [new UriContent("https://example.com", "text/html")] });

    [Fact]
    public void Encode_ToolApprovalRequest_IsEntryWithItsCall()
        => StoredMessage.EqualEntry(
            """
            "type": "toolApprovalRequest", "requestId": "r",
            "toolCall": { "toolUse": { "toolUseId": "c", "name": "n", "input": { "x": { "$numberInt": "1" } } }, "informationalOnly": true },
            "requiresConfirmation": false
            """,
            new ToolApprovalRequestContent(
                "r", new FunctionCallContent("c", "n", new Dictionary<string, object?> { ["x"] = 1 }) { InformationalOnly = true })
            {
                RequiresConfirmation = false,
            });

    [Fact]
    public void Encode_ToolApprovalResponse_IsEntryWithItsCall()
        => StoredMessage.EqualEntry(
            """
            "type": "toolApprovalResponse", "requestId": "r", "approved": true,
            "toolCall": { "type": "mcpServerToolCall", "callId": "c", "name": "n", "serverName": "s" }, "reason": "fine"
            """,
            new ToolApprovalResponseContent("r", true, new McpServerToolCallContent("c", "n", "s")) { Reason = "fine" });

    [Fact]
    public void Encode_ContentWithCommonProperties_KeepsThem()
        => StoredMessage.EqualEntry(
            """ "type": "error", "message": "m", "annotations": [{}], "additionalProperties": {} """,
            new ErrorContent("m") { Annotations = [new AIAnnotation()], AdditionalProperties = [] });

    [Fact]
    public void Generators_MakeEveryContentTypeOfTheLibrary()
    {
        var stored = typeof(AIContent).Assembly.GetExportedTypes()
            .Where(type => type.IsAssignableTo(typeof(AIContent)) && type.GetConstructors().Length > 0);

        var generated = FsCheck.Fluent.Gen.Sample(ChatMessageGenerators.Content(1), 5000, 3).Select(content => content.GetType());

        Assert.Empty(stored.Except(generated));
    }
}
