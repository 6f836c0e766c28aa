using System.Collections.Concurrent;
using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// OpenAI's responses. It takes back what it has encrypted, and ids of items that are its own; where it stores, thoughts by
/// their ids alone, and the id of the response before, too.
/// </summary>
public sealed class OpenAIResponsesHandler : ProviderHandler
{
    private readonly ConcurrentDictionary<string, string> _thoughts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string[]> _calls = new(StringComparer.Ordinal);

    /// <summary>
    /// Gets a value indicating whether responses are stored, as they are unless a request says otherwise.
    /// </summary>
    public bool Stores { get; init; }

    /// <inheritdoc/>
    protected override string MessagesName => "input";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> FindViolations(JsonElement body) =>
        new OpenAIResponsesRules(_thoughts, _ids, Stores ? _calls : null).FindViolations(body);

    /// <inheritdoc/>
    protected override string CreateError(string message) => OpenAIError.Create(message);

    /// <inheritdoc/>
    protected override void Remember(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        _calls[$"resp_{number}"] = [.. answer.Parts.OfType<WirePart.Called>().Select(static call => call.Id)];
        for (var i = 0; i < answer.Parts.Count; i++)
        {
            var id = GetId(answer.Parts[i], i, number);
            _ids[id] = true;
            if (answer.Parts[i] is WirePart.Thought { Signature: { } encrypted })
            {
                _thoughts[encrypted] = id;
            }
        }
    }

    /// <inheritdoc/>
    protected override string CreateBody(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        return CreateResponse(string.Join(',', answer.Parts.Select((part, i) => CreateItem(part, i, number))), "completed", number);
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CreateEvents(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        var sequence = 0;
        yield return CreateEvent("response.created", $"\"response\":{CreateResponse(string.Empty, "in_progress", number)}", sequence++);
        for (var i = 0; i < answer.Parts.Count; i++)
        {
            foreach (var (type, rest) in CreateEvents(answer.Parts[i], i, number))
            {
                yield return CreateEvent(type, $"\"output_index\":{i},{rest}", sequence++);
            }
        }

        yield return CreateEvent("response.completed", $"\"response\":{CreateBody(answer, number)}", sequence);
    }

    private static string GetId(WirePart part, int index, int number) => part switch
    {
        WirePart.Said => $"msg_{number}_{index}",
        WirePart.Thought => $"rs_{number}_{index}",
        WirePart.Called => $"fc_{number}_{index}",
        _ => throw new NotSupportedException(),
    };

    private static string CreateEvent(string type, string rest, int sequence) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\",\"sequence_number\":{sequence},{rest}}}\n\n";

    private string CreateResponse(string output, string status, int number) => $$$"""
        {"id":"resp_{{{number}}}","object":"response","created_at":1700000000,"status":"{{{status}}}","error":null,"incomplete_details":null,"model":"gpt-1","output":[{{{output}}}],"parallel_tool_calls":true,"store":{{{(Stores ? "true" : "false")}}},"tools":[],"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":0},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":18}}
        """;

    private static string CreateItem(WirePart part, int index, int number)
    {
        var id = GetId(part, index, number);
        return part switch
        {
            WirePart.Said said => $$"""{"id":"{{id}}","type":"message","status":"completed","role":"assistant","content":[{{CreateText(said.Text)}}]}""",
            WirePart.Thought thought => $$"""{"id":"{{id}}","type":"reasoning","summary":[{{CreateSummary(thought.Text)}}],"encrypted_content":{{Quote(thought.Signature)}}}""",
            WirePart.Called call => $$"""{"id":"{{id}}","type":"function_call","status":"completed","call_id":{{Quote(call.Id)}},"name":{{Quote(call.Name)}},"arguments":{{Quote(call.Arguments)}}}""",
            _ => throw new NotSupportedException(),
        };
    }

    private static string CreateText(string text) => $$"""{"type":"output_text","text":{{Quote(text)}},"annotations":[],"logprobs":[]}""";

    private static string CreateSummary(string text) => $$"""{"type":"summary_text","text":{{Quote(text)}}}""";

    private static IEnumerable<(string Type, string Fields)> CreateEvents(WirePart part, int index, int number)
    {
        var id = GetId(part, index, number);
        yield return ("response.output_item.added", $"\"item\":{CreateBegun(part, id)}");
        foreach (var (type, rest) in CreatePieces(part))
        {
            yield return (type, $"\"item_id\":\"{id}\",{rest}");
        }

        yield return ("response.output_item.done", $"\"item\":{CreateItem(part, index, number)}");
    }

    private static string CreateBegun(WirePart part, string id) => part switch
    {
        WirePart.Said => $$"""{"id":"{{id}}","type":"message","status":"in_progress","role":"assistant","content":[]}""",
        WirePart.Thought => $$"""{"id":"{{id}}","type":"reasoning","summary":[],"encrypted_content":null}""",
        WirePart.Called call => $$"""{"id":"{{id}}","type":"function_call","status":"in_progress","call_id":{{Quote(call.Id)}},"name":{{Quote(call.Name)}},"arguments":""}""",
        _ => throw new NotSupportedException(),
    };

    private static IEnumerable<(string Type, string Fields)> CreatePieces(WirePart part) => part switch
    {
        WirePart.Said said =>
        [
            ("response.content_part.added", $"\"content_index\":0,\"part\":{CreateText(string.Empty)}"),
            .. Split(said.Text).Select(static text => ("response.output_text.delta", $"\"content_index\":0,\"delta\":{Quote(text)},\"logprobs\":[]")),
            ("response.output_text.done", $"\"content_index\":0,\"text\":{Quote(said.Text)},\"logprobs\":[]"),
            ("response.content_part.done", $"\"content_index\":0,\"part\":{CreateText(said.Text)}"),
        ],
        WirePart.Thought thought =>
        [
            ("response.reasoning_summary_part.added", $"\"summary_index\":0,\"part\":{CreateSummary(string.Empty)}"),
            .. Split(thought.Text).Select(static text => ("response.reasoning_summary_text.delta", $"\"summary_index\":0,\"delta\":{Quote(text)}")),
            ("response.reasoning_summary_text.done", $"\"summary_index\":0,\"text\":{Quote(thought.Text)}"),
            ("response.reasoning_summary_part.done", $"\"summary_index\":0,\"part\":{CreateSummary(thought.Text)}"),
        ],
        WirePart.Called call =>
        [
            .. Split(call.Arguments).Select(static json => ("response.function_call_arguments.delta", $"\"delta\":{Quote(json)}")),
            ("response.function_call_arguments.done", $"\"arguments\":{Quote(call.Arguments)}"),
        ],
        _ => throw new NotSupportedException(),
    };
}
