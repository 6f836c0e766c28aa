using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// Ollama's chat. It refuses little; what its templates cannot tell apart counts as refused here.
/// </summary>
public sealed class OllamaHandler : ProviderHandler
{
    private const string Done =
        """true,"done_reason":"stop","total_duration":1,"load_duration":1,"prompt_eval_count":11,"prompt_eval_duration":1,"eval_count":7,"eval_duration":1}""";

    /// <inheritdoc/>
    protected override string StreamType => "application/x-ndjson";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> FindViolations(JsonElement body) => OllamaRules.FindViolations(body);

    /// <inheritdoc/>
    protected override string CreateError(string message) => $$"""{"error":{{Quote(message)}}}""";

    /// <inheritdoc/>
    protected override string CreateBody(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        var text = string.Concat(answer.Parts.OfType<WirePart.Said>().Select(static said => said.Text));
        var thought = string.Concat(answer.Parts.OfType<WirePart.Thought>().Select(static thought => thought.Text));
        var calls = string.Join(',', answer.Parts.OfType<WirePart.Called>().Select(CreateCall));
        var message = $"\"content\":{Quote(text)}"
            + (thought.Length == 0 ? null : $",\"thinking\":{Quote(thought)}")
            + (calls.Length == 0 ? null : $",\"tool_calls\":[{calls}]");
        return CreateLine(message, Done, number);
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> CreateEvents(WireAnswer answer, int number)
    {
        ArgumentNullException.ThrowIfNull(answer);

        foreach (var part in answer.Parts)
        {
            foreach (var rest in CreatePieces(part))
            {
                yield return CreateLine(rest, "false}", number);
            }
        }

        yield return CreateLine("\"content\":\"\"", Done, number);
    }

    private static string CreateCall(WirePart.Called call) => $$$"""{"function":{"name":{{{Quote(call.Name)}}},"arguments":{{{call.Arguments}}}}}""";

    private static string CreateLine(string message, string done, int number) =>
        $$"""{"model":"llama-1","created_at":"2026-01-01T00:00:{{number:D2}}Z","message":{"role":"assistant",{{message}}},"done":{{done}}""" + "\n";

    private static IEnumerable<string> CreatePieces(WirePart part) => part switch
    {
        WirePart.Said said => Split(said.Text).Select(static text => $"\"content\":{Quote(text)}"),
        WirePart.Thought thought => Split(thought.Text).Select(static text => $"\"content\":\"\",\"thinking\":{Quote(text)}"),
        WirePart.Called call => [$"\"content\":\"\",\"tool_calls\":[{CreateCall(call)}]"],
        _ => throw new NotSupportedException(),
    };
}
