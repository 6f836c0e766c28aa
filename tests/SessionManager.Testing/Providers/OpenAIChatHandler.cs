using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// OpenAI's chat completions. Thoughts are what some compatible providers add to them, as text without a signature.
/// </summary>
public sealed class OpenAIChatHandler : ProviderHandler
{
    private const string Usage = """{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}""";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> FindViolations(JsonElement body) => new OpenAIChatRules().FindViolations(body);

    /// <inheritdoc/>
    protected override string CreateError(string message) => OpenAIError.Create(message);

    /// <inheritdoc/>
    protected override string CreateBody(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        var text = string.Concat(answer.Parts.OfType<WirePart.Said>().Select(static said => said.Text));
        var thought = string.Concat(answer.Parts.OfType<WirePart.Thought>().Select(static thought => thought.Text));
        var calls = string.Join(',', answer.Parts.OfType<WirePart.Called>().Select(static call => CreateCall(call)));
        var message = $"\"role\":\"assistant\",\"content\":{(text.Length == 0 ? "null" : Quote(text))},\"refusal\":null"
            + (thought.Length == 0 ? null : $",\"reasoning_content\":{Quote(thought)}")
            + (calls.Length == 0 ? null : $",\"tool_calls\":[{calls}]");
        return $$"""
            {{Begin("chat.completion", number)}},"choices":[{"index":0,"message":{{{message}}},"logprobs":null,"finish_reason":{{Quote(GetFinishReason(answer))}}}],"usage":{{Usage}}}
            """;
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CreateEvents(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        yield return CreateChunk("\"role\":\"assistant\",\"content\":\"\"", "null", number);
        var callNumber = 0;
        foreach (var part in answer.Parts)
        {
            var index = part is WirePart.Called ? callNumber++ : 0;
            foreach (var delta in CreateDeltas(part, index))
            {
                yield return CreateChunk(delta, "null", number);
            }
        }

        yield return CreateChunk(string.Empty, Quote(GetFinishReason(answer)), number);
        yield return $"data: {Begin("chat.completion.chunk", number)},\"choices\":[],\"usage\":{Usage}}}\n\n";
        yield return "data: [DONE]\n\n";
    }

    private static string GetFinishReason(WireAnswer answer) => answer.HasCalls ? "tool_calls" : "stop";

    private static string Begin(string type, int number) => $"{{\"id\":\"chatcmpl-{number}\",\"object\":\"{type}\",\"created\":1700000000,\"model\":\"gpt-1\"";

    private static string CreateChunk(string delta, string finishReason, int number) =>
        $"data: {Begin("chat.completion.chunk", number)},\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finishReason}}}]}}\n\n";

    private static string CreateCall(WirePart.Called call) =>
        $$$"""{"id":{{{Quote(call.Id)}}},"type":"function","function":{"name":{{{Quote(call.Name)}}},"arguments":{{{Quote(call.Arguments)}}}}}""";

    private static IEnumerable<string> CreateDeltas(WirePart part, int index) => part switch
    {
        WirePart.Said said => Split(said.Text).Select(static text => $"\"content\":{Quote(text)}"),
        WirePart.Thought thought => Split(thought.Text).Select(static text => $"\"reasoning_content\":{Quote(text)}"),
        WirePart.Called call => Split(call.Arguments)
            .Select(json => $$$"""{"index":{{{index}}},"function":{"arguments":{{{Quote(json)}}}}}""")
            .Prepend($$"""{"index":{{index}},{{CreateCall(call with { Arguments = string.Empty })[1..]}}""")
            .Select(static delta => $"\"tool_calls\":[{delta}]"),
        _ => throw new NotSupportedException(),
    };
}
