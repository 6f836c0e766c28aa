using System.Text.Json;
using System.Text.RegularExpressions;

namespace SessionManager.Testing.Providers;

/// <summary>
/// What Anthropic's Messages refuses. Adjacent messages of one role are one message, as Anthropic takes them.
/// </summary>
/// <param name="thoughts">The thoughts that it has signed, by their signatures.</param>
internal sealed partial class AnthropicRules(IReadOnlyDictionary<string, string> thoughts)
{
    private readonly List<string> _violations = [];
    private readonly HashSet<string> _callIds = new(StringComparer.Ordinal);

    public List<string> FindViolations(JsonElement body)
    {
        JsonElement[] messages = [.. body.GetProperty("messages").EnumerateArray()];
        if (messages.Length == 0)
        {
            _violations.Add("messages: at least one message is required");
            return _violations;
        }

        if (GetRole(messages[0]) != "user")
        {
            _violations.Add("messages: first message must use the \"user\" role");
        }

        for (var i = 0; i < messages.Length; i++)
        {
            CheckMessage(messages[i], i, isLast: i == messages.Length - 1);
        }

        CheckPairs(messages);
        CheckSystem(body);
        return _violations;
    }

    private static string? GetRole(JsonElement message) => message.GetProperty("role").GetString();

    private static string? Get(JsonElement block, string name) =>
        block.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // A string is short for one block of text.
    private static JsonElement[] GetBlocks(JsonElement message) =>
        message.GetProperty("content") is { ValueKind: JsonValueKind.Array } content
            ? [.. content.EnumerateArray()]
            : [JsonElement.Parse($$"""{"type":"text","text":{{message.GetProperty("content").GetRawText()}}}""")];

    private void CheckSystem(JsonElement body)
    {
        if (body.TryGetProperty("system", out var system) && system.ValueKind == JsonValueKind.Array
            && system.EnumerateArray().Any(static block => string.IsNullOrWhiteSpace(Get(block, "text"))))
        {
            _violations.Add("system: text content blocks must be non-empty");
        }
    }

    private void CheckMessage(JsonElement message, int index, bool isLast)
    {
        var role = GetRole(message);
        if (role is not ("user" or "assistant"))
        {
            _violations.Add($"messages: Unexpected role \"{role}\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.");
        }

        var content = message.GetProperty("content");
        if (content.ValueKind == JsonValueKind.Array ? content.GetArrayLength() == 0 : string.IsNullOrEmpty(content.GetString()))
        {
            _violations.Add($"messages.{index}: all messages must have non-empty content except for the optional final assistant message");
        }

        var number = 0;
        foreach (var block in GetBlocks(message))
        {
            CheckBlock(block, role, $"messages.{index}.content.{number++}");
        }

        if (isLast && role == "assistant" && GetBlocks(message).LastOrDefault() is { ValueKind: JsonValueKind.Object } last
            && Get(last, "text") is { } text && text.TrimEnd() != text)
        {
            _violations.Add("messages: final assistant content cannot end with trailing whitespace");
        }
    }

    private void CheckBlock(JsonElement block, string? role, string path)
    {
        switch (Get(block, "type"))
        {
            case "text":
                CheckText(block, path);
                break;
            case "thinking" or "redacted_thinking" when role != "assistant":
                _violations.Add($"{path}: `thinking` blocks may only be in `assistant` messages");
                break;
            case "thinking":
                CheckThought(block, path);
                break;
            case "redacted_thinking" when Get(block, "data") is not { } data || !thoughts.ContainsKey(data):
                _violations.Add($"{path}: Invalid `data` in `redacted_thinking` block");
                break;
            case "tool_use":
                CheckCall(block, role, path);
                break;
            case "tool_result" when role != "user":
                _violations.Add($"{path}: `tool_result` blocks can only be in `user` messages");
                break;
            case "image" or "document" when role != "user":
                _violations.Add($"{path}: `image` and `document` blocks can only be in `user` messages");
                break;
            case "tool_result" or "redacted_thinking" or "image" or "document":
                break;
            case var type:
                _violations.Add($"{path}: Input tag '{type}' found using 'type' does not match any of the expected tags");
                break;
        }
    }

    private void CheckText(JsonElement block, string path)
    {
        if (Get(block, "text") is not { Length: > 0 } text)
        {
            _violations.Add($"{path}: text content blocks must be non-empty");
        }
        else if (string.IsNullOrWhiteSpace(text))
        {
            _violations.Add($"{path}: text content blocks must contain non-whitespace text");
        }
    }

    private void CheckThought(JsonElement block, string path)
    {
        if (Get(block, "signature") is not { } signature)
        {
            _violations.Add($"{path}.thinking.signature: Field required");
        }
        else if (!thoughts.TryGetValue(signature, out var thought))
        {
            _violations.Add($"{path}: Invalid `signature` in `thinking` block");
        }
        else if (Get(block, "thinking") != thought)
        {
            _violations.Add($"{path}: `thinking` blocks in the latest assistant message cannot be modified. These blocks must remain as they were in the original response.");
        }
    }

    private void CheckCall(JsonElement block, string? role, string path)
    {
        var id = Get(block, "id") ?? string.Empty;
        if (role != "assistant")
        {
            _violations.Add($"{path}: `tool_use` blocks can only be in `assistant` messages");
        }

        if (!IdPattern().IsMatch(id))
        {
            _violations.Add($"{path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'");
        }

        if (!_callIds.Add(id))
        {
            _violations.Add($"{path}: `tool_use` ids must be unique");
        }

        if (!block.TryGetProperty("input", out var input) || input.ValueKind != JsonValueKind.Object)
        {
            _violations.Add($"{path}.tool_use.input: Input should be a valid dictionary");
        }
    }

    private void CheckPairs(JsonElement[] messages)
    {
        HashSet<string> open = new(StringComparer.Ordinal);
        for (var i = 0; i < messages.Length;)
        {
            var role = GetRole(messages[i]);
            var start = i;
            List<JsonElement> blocks = [];
            for (; i < messages.Length && GetRole(messages[i]) == role; i++)
            {
                blocks.AddRange(GetBlocks(messages[i]));
            }

            if (role == "user")
            {
                CheckResults(blocks, open, start);
            }

            open = role == "assistant" ? [.. blocks.Where(static block => Get(block, "type") == "tool_use").Select(static block => Get(block, "id") ?? string.Empty)] : [];
        }

        AddUnanswered(open, messages.Length);
    }

    private void CheckResults(List<JsonElement> blocks, HashSet<string> open, int index)
    {
        HashSet<string> answered = new(StringComparer.Ordinal);
        var hasOther = false;
        foreach (var block in blocks)
        {
            if (Get(block, "type") != "tool_result")
            {
                hasOther = true;
                continue;
            }

            var id = Get(block, "tool_use_id") ?? string.Empty;
            if (answered.Contains(id))
            {
                _violations.Add($"messages.{index}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}");
            }
            else if (!open.Remove(id))
            {
                _violations.Add($"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.");
            }
            else if (hasOther)
            {
                _violations.Add($"messages.{index}: `tool_result` blocks must come first in the message that follows `tool_use`: {id}");
            }

            answered.Add(id);
        }

        AddUnanswered(open, index);
    }

    private void AddUnanswered(HashSet<string> open, int index)
    {
        if (open.Count > 0)
        {
            _violations.Add($"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", open)}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]+$")]
    private static partial Regex IdPattern();
}
