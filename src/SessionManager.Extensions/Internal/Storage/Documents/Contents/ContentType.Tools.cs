using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

internal sealed partial record ContentType
{
    private const string CallId = "callId";
    private const string RequestId = "requestId";
    private const string Inputs = "inputs";
    private const string Outputs = "outputs";
    private const string Queries = "queries";
    private const string ToolCall = "toolCall";

    private static ContentType[] Tools =>
    [
        Call("toolCall", (_, _) => { }, (id, _) => new ToolCallContent(id)),
        Call("imageGenerationToolCall", (_, _) => { }, (id, _) => new ImageGenerationToolCallContent(id)),
        Call<CodeInterpreterToolCallContent>(
            "codeInterpreterToolCall",
            (writer, content) => writer.Nested(Inputs, content.Inputs),
            (id, fields) => new(id) { Inputs = fields.Get<List<AIContent>>(Inputs) },
            ContentField.NestedList(Inputs)),
        Call<WebSearchToolCallContent>(
            "webSearchToolCall",
            (writer, content) => writer.Texts(Queries, content.Queries),
            (id, fields) => new(id) { Queries = fields.Get<List<string>>(Queries) },
            ContentField.Texts(Queries)),
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
                : null,
            ContentField.Map(MessageNames.Arguments)),
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
                writer.Nested(ToolCall, content.ToolCall);
                writer.Flag("requiresConfirmation", content.RequiresConfirmation);
            },
            fields => (fields.Text(RequestId), fields.Get<ToolCallContent>(ToolCall)) is ({ } id, { } call)
                ? new(id, call) { RequiresConfirmation = fields.Flag("requiresConfirmation") ?? true }
                : null,
            ContentField.Nested(ToolCall)),
        For<ToolApprovalResponseContent>(
            "toolApprovalResponse",
            (writer, content) =>
            {
                writer.Text(RequestId, content.RequestId);
                writer.Flag("approved", content.Approved);
                writer.Nested(ToolCall, content.ToolCall);
                writer.Text("reason", content.Reason);
            },
            fields => (
                    fields.Text(RequestId),
                    fields.Flag("approved"),
                    fields.Get<ToolCallContent>(ToolCall))
                is ({ } id, { } approved, { } call)
                ? new(id, approved, call) { Reason = fields.Text("reason") }
                : null,
            ContentField.Nested(ToolCall)),
    ];

    private static ContentType Call<T>(
        string name, Action<ContentWriter, T> write, Func<string, ContentFields, T?> read, params ContentField[] fields)
        where T : ToolCallContent
        => For<T>(
            name,
            (writer, content) =>
            {
                writer.Text(CallId, content.CallId);
                write(writer, content);
            },
            stored => stored.Text(CallId) is { } id ? read(id, stored) : null,
            fields);

    private static ContentType Result<T>(
        string name, Func<T, IList<AIContent>?> getOutputs, Func<string, IList<AIContent>?, T> create)
        where T : ToolResultContent
        => For<T>(
            name,
            (writer, content) =>
            {
                writer.Text(CallId, content.CallId);
                writer.Nested(Outputs, getOutputs(content));
            },
            fields => fields.Text(CallId) is { } id
                ? create(id, fields.Get<List<AIContent>>(Outputs))
                : null,
            ContentField.NestedList(Outputs));
}
