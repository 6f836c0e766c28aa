using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

/// <summary>
/// Messages to and from documents, as one would write it by hand for just the contents that the benchmarks have.
/// </summary>
internal static class RawMessage
{
    public static BsonDocument ToDocument(string role, string text) => new()
    {
        { "role", role },
        { "content", new BsonArray { new BsonDocument("text", text) } },
    };

    public static BsonDocument ToDocument(ChatMessage message) => new()
    {
        { "role", message.Role.Value },
        { "content", new BsonArray(message.Contents.Select(ToBlock)) },
    };

    public static ChatMessage ToMessage(BsonDocument document) => new(
        document["role"].AsString == "user" ? ChatRole.User : ChatRole.Assistant,
        document["content"].AsBsonArray.Select(block => ToContent(block.AsBsonDocument.GetElement(0))).ToList());

    /// <summary>
    /// Gets the metrics of a number of model calls.
    /// </summary>
    public static BsonDocument ToMetrics(int calls) => new()
    {
        { "accumulated_metrics", new BsonDocument { { "latencyMs", 800 * calls }, { "timeToFirstByteMs", 0 } } },
        {
            "accumulated_usage",
            new BsonDocument
            {
                { "inputTokens", 100 * calls },
                { "outputTokens", 50 * calls },
                { "totalTokens", 150 * calls },
                { "cacheReadInputTokens", 0 },
                { "cacheWriteInputTokens", 0 },
            }
        },
        { "cycle_metrics", new BsonDocument { { "cycle_count", calls }, { "total_duration", 0.8 * calls }, { "average_cycle_time", 0.8 } } },
        { "tool_usage", new BsonDocument() },
    };

    private static BsonDocument ToBlock(AIContent content) => content switch
    {
        TextContent text => new BsonDocument("text", text.Text),
        FunctionCallContent call => new BsonDocument("toolUse", new BsonDocument
        {
            { "toolUseId", call.CallId },
            { "name", call.Name },
            { "input", new BsonDocument(call.Arguments) },
        }),
        FunctionResultContent result => new BsonDocument("toolResult", new BsonDocument
        {
            { "toolUseId", result.CallId },
            { "status", "success" },
            { "content", new BsonArray { new BsonDocument("text", (string)result.Result!) } },
        }),
        DataContent data => new BsonDocument("image", new BsonDocument
        {
            { "format", "png" },
            { "source", new BsonDocument("bytes", data.Data.ToArray()) },
        }),
        _ => throw new NotSupportedException(),
    };

    private static AIContent ToContent(BsonElement block) => block.Name switch
    {
        "text" => new TextContent(block.Value.AsString),
        "toolUse" => new FunctionCallContent(
            block.Value["toolUseId"].AsString, block.Value["name"].AsString, block.Value["input"].AsBsonDocument.ToDictionary()),
        "toolResult" => new FunctionResultContent(block.Value["toolUseId"].AsString, block.Value["content"][0]["text"].AsString),
        "image" => new DataContent(block.Value["source"]["bytes"].AsByteArray, "image/png"),
        _ => throw new NotSupportedException(),
    };
}
