using System.Collections.Concurrent;
using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// Anthropic's Messages. It takes back the thoughts that it has signed, as they were, and no others.
/// </summary>
public sealed class AnthropicHandler : ProviderHandler
{
    private readonly ConcurrentDictionary<string, string> _thoughts = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override IReadOnlyList<string> FindViolations(JsonElement body) => new AnthropicRules(_thoughts).FindViolations(body);

    /// <inheritdoc/>
    protected override string CreateError(string message) =>
        $$$"""{"type":"error","error":{"type":"invalid_request_error","message":{{{Quote(message)}}}},"request_id":"req_1"}""";

    /// <inheritdoc/>
    protected override void Remember(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        foreach (var part in answer.Parts)
        {
            if (part is WirePart.Thought { Signature: { } signature } thought)
            {
                _thoughts[signature] = thought.Text;
            }
            else if (part is WirePart.RedactedThought redacted)
            {
                _thoughts[redacted.Data] = string.Empty;
            }
        }
    }

    /// <inheritdoc/>
    protected override string CreateBody(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        return CreateMessage(string.Join(',', answer.Parts.Select(CreateBlock)), Quote(GetStopReason(answer)), number);
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CreateEvents(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        yield return CreateEvent("message_start", $"\"message\":{CreateMessage(string.Empty, "null", number)}");
        for (var i = 0; i < answer.Parts.Count; i++)
        {
            var (start, deltas) = Stream(answer.Parts[i]);
            yield return CreateEvent("content_block_start", $"\"index\":{i},\"content_block\":{start}");
            foreach (var delta in deltas)
            {
                yield return CreateEvent("content_block_delta", $"\"index\":{i},\"delta\":{delta}");
            }

            yield return CreateEvent("content_block_stop", $"\"index\":{i}");
        }

        yield return CreateEvent(
            "message_delta", $"\"delta\":{{\"stop_reason\":{Quote(GetStopReason(answer))},\"stop_sequence\":null}},\"usage\":{{\"output_tokens\":7}}");
        yield return CreateEvent("message_stop", null);
    }

    private static string GetStopReason(WireAnswer answer) => answer.HasCalls ? "tool_use" : "end_turn";

    private static string CreateMessage(string content, string stopReason, int number) => $$$"""
        {"id":"msg_{{{number}}}","type":"message","role":"assistant","model":"claude-1","content":[{{{content}}}],"stop_reason":{{{stopReason}}},"stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":7}}
        """;

    private static string CreateEvent(string type, string? rest) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\"{(rest is null ? null : $",{rest}")}}}\n\n";

    private static string CreateBlock(WirePart part) => part switch
    {
        WirePart.Said said => $$"""{"type":"text","text":{{Quote(said.Text)}}}""",
        WirePart.Thought thought => $$"""{"type":"thinking","thinking":{{Quote(thought.Text)}},"signature":{{Quote(thought.Signature)}}}""",
        WirePart.RedactedThought redacted => $$"""{"type":"redacted_thinking","data":{{Quote(redacted.Data)}}}""",
        WirePart.Called call => $$"""{"type":"tool_use","id":{{Quote(call.Id)}},"name":{{Quote(call.Name)}},"input":{{call.Arguments}}}""",
        _ => throw new NotSupportedException(),
    };

    private static (string Start, IEnumerable<string> Deltas) Stream(WirePart part) => part switch
    {
        WirePart.Said said =>
            ("""{"type":"text","text":""}""", Split(said.Text).Select(static text => $$"""{"type":"text_delta","text":{{Quote(text)}}}""")),
        WirePart.Thought thought => (
            """{"type":"thinking","thinking":"","signature":""}""",
            [
                .. Split(thought.Text).Select(static text => $$"""{"type":"thinking_delta","thinking":{{Quote(text)}}}"""),
                $$"""{"type":"signature_delta","signature":{{Quote(thought.Signature)}}}""",
            ]),
        WirePart.Called call => (
            CreateBlock(call with { Arguments = "{}" }),
            Split(call.Arguments).Prepend(string.Empty).Select(static json => $$"""{"type":"input_json_delta","partial_json":{{Quote(json)}}}""")),
        _ => (CreateBlock(part), []),
    };
}
