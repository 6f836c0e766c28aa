using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

internal sealed partial record ContentType
{
    private const string CallId = "callId";
    private const string RequestId = "requestId";

    private static ContentType[] Tools =>
    [
        Call("toolCall", (_, _) => { }, (id, _) => new ToolCallContent(id)),
        Call("imageGenerationToolCall", (_, _) => { }, (id, _) => new ImageGenerationToolCallContent(id)),
        Call<CodeInterpreterToolCallContent>(
            "codeInterpreterToolCall",
            (writer, content) => writer.Nested(MessageNames.Inputs, content.Inputs),
            (id, fields) => new(id) { Inputs = fields.Get<List<AIContent>>(MessageNames.Inputs) }),
        Call<WebSearchToolCallContent>(
            "webSearchToolCall",
            (writer, content) => writer.Texts(MessageNames.Queries, content.Queries),
            (id, fields) => new(id) { Queries = fields.Get<List<string>>(MessageNames.Queries) }),
        Call<McpServerToolCallContent>(
            "mcpServerToolCall",
            (writer, content) =>
            {
                writer.Text(MessageNames.Name, content.Name);
                writer.Text("serverName", content.ServerName);
                writer.Map(MessageNames.Arguments, content.Arguments);
            },
            (id, fields) => fields.Text(MessageNames.Name) is { } name
                ? new(id, name, fields.Text("serverName"))
                {
                    Arguments = fields.Get<Dictionary<string, object?>>(MessageNames.Arguments),
                }
                : null),
        Result("toolResult", _ => null, (id, _) => new ToolResultContent(id)),
        Result<ImageGenerationToolResultContent>(
            "imageGenerationToolResult", content => content.Outputs, (id, outputs) => new(id) { Outputs = outputs }),
        Result<CodeInterpreterToolResultContent>(
            "codeInterpreterToolResult", content => content.Outputs, (id, outputs) => new(id) { Outputs = outputs }),
        Result<WebSearchToolResultContent>(
            "webSearchToolResult", content => content.Outputs, (id, outputs) => new(id) { Outputs = outputs }),
        Result<McpServerToolResultContent>(
            "mcpServerToolResult", content => content.Outputs, (id, outputs) => new(id) { Outputs = outputs }),
        For<ToolApprovalRequestContent>(
            "toolApprovalRequest",
            (writer, content) =>
            {
                writer.Text(RequestId, content.RequestId);
                writer.Nested(MessageNames.ToolCall, content.ToolCall);
                writer.Flag("requiresConfirmation", content.RequiresConfirmation);
            },
            fields => (fields.Text(RequestId), fields.Get<ToolCallContent>(MessageNames.ToolCall)) is ({ } id, { } call)
                ? new(id, call) { RequiresConfirmation = fields.Flag("requiresConfirmation") ?? true }
                : null),
        For<ToolApprovalResponseContent>(
            "toolApprovalResponse",
            (writer, content) =>
            {
                writer.Text(RequestId, content.RequestId);
                writer.Flag("approved", content.Approved);
                writer.Nested(MessageNames.ToolCall, content.ToolCall);
                writer.Text("reason", content.Reason);
            },
            fields => (
                    fields.Text(RequestId),
                    fields.Flag("approved"),
                    fields.Get<ToolCallContent>(MessageNames.ToolCall))
                is ({ } id, { } approved, { } call)
                ? new(id, approved, call) { Reason = fields.Text("reason") }
                : null),
    ];

    private static ContentType Call<T>(
        string name, Action<ContentWriter, T> write, Func<string, ContentFields, T?> read)
        where T : ToolCallContent
        => For<T>(
            name,
            (writer, content) =>
            {
                writer.Text(CallId, content.CallId);
                write(writer, content);
            },
            fields => fields.Text(CallId) is { } id ? read(id, fields) : null);

    private static ContentType Result<T>(
        string name, Func<T, IList<AIContent>?> getOutputs, Func<string, IList<AIContent>?, T> create)
        where T : ToolResultContent
        => For<T>(
            name,
            (writer, content) =>
            {
                writer.Text(CallId, content.CallId);
                writer.Nested(MessageNames.Outputs, getOutputs(content));
            },
            fields => fields.Text(CallId) is { } id
                ? create(id, fields.Get<List<AIContent>>(MessageNames.Outputs))
                : null);
}
