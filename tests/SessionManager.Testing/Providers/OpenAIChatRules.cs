using System.Text.Json;
using System.Text.RegularExpressions;

namespace SessionManager.Testing.Providers;

/// <summary>
/// What OpenAI's chat completions refuse. Blank text is not among it.
/// </summary>
internal sealed partial class OpenAIChatRules
{
    private readonly List<string> _violations = [];
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    public List<string> FindViolations(JsonElement body)
    {
        var index = 0;
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            Check(message, index++);
        }

        EndCalls(index);
        if (index == 0)
        {
            _violations.Add("Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.");
        }

        return _violations;
    }

    private static string? Get(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement[] GetCalls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array ? [.. calls.EnumerateArray()] : [];

    private void Check(JsonElement message, int index)
    {
        if (Get(message, "name") is { } name && !NamePattern().IsMatch(name))
        {
            _violations.Add($"Invalid 'messages[{index}].name': string does not match pattern.");
        }

        var role = Get(message, "role");
        if (role == "tool")
        {
            CheckResult(message, index);
            return;
        }

        EndCalls(index);
        if (role is not ("system" or "developer" or "user" or "assistant"))
        {
            _violations.Add($"Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.");
        }

        CheckContent(message, role, index);
        foreach (var call in GetCalls(message))
        {
            AddCall(call, index);
        }
    }

    private void CheckContent(JsonElement message, string? role, int index)
    {
        var hasContent = message.TryGetProperty("content", out var content) && content.ValueKind != JsonValueKind.Null;
        if (!hasContent && GetCalls(message).Length == 0 && Get(message, "refusal") is null)
        {
            _violations.Add($"Invalid value for 'content': expected a string, got null. (messages[{index}])");
        }

        if (!hasContent || content.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        if (content.GetArrayLength() == 0)
        {
            _violations.Add($"Invalid 'messages[{index}].content': empty array. Expected an array with minimum length 1, but got an empty array instead.");
        }

        foreach (var part in content.EnumerateArray())
        {
            var type = Get(part, "type");
            var isAllowed = type == "text" || (role == "user" ? type is "image_url" or "input_audio" or "file" : role == "assistant" && type == "refusal");
            if (!isAllowed)
            {
                _violations.Add($"Invalid value: '{type}'. (messages[{index}].content)");
            }
        }
    }

    private void AddCall(JsonElement call, int index)
    {
        var id = Get(call, "id") ?? string.Empty;
        if (id.Length is 0 or > 40)
        {
            _violations.Add($"Invalid 'messages[{index}].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length {id.Length} instead.");
        }

        if (!_open.Add(id))
        {
            _violations.Add($"Duplicate value for 'tool_call_id' of '{id}' (messages[{index}])");
        }

        var function = call.GetProperty("function");
        if (Get(function, "name") is not { } name || !NamePattern().IsMatch(name))
        {
            _violations.Add($"Invalid 'messages[{index}].tool_calls[0].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.");
        }

        if (Get(function, "arguments") is null)
        {
            _violations.Add($"Invalid type for 'messages[{index}].tool_calls[0].function.arguments': expected a string.");
        }
    }

    private void CheckResult(JsonElement message, int index)
    {
        var id = Get(message, "tool_call_id") ?? string.Empty;
        if (_open.Remove(id))
        {
            _answered.Add(id);
        }
        else
        {
            _violations.Add(_answered.Contains(id)
                ? $"Duplicate value for 'tool_call_id' of '{id}' (messages[{index}])"
                : $"Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'. (messages[{index}], {id})");
        }

        if (!message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null)
        {
            _violations.Add($"Invalid value for 'content': expected a string, got null. (messages[{index}])");
        }
    }

    private void EndCalls(int index)
    {
        if (_open.Count > 0)
        {
            _violations.Add($"An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {string.Join(", ", _open)} (messages[{index}])");
        }

        _open.Clear();
        _answered.Clear();
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex NamePattern();
}
