using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// What OpenAI's responses refuses. Blank text is not among it.
/// </summary>
/// <param name="thoughts">The ids of the thoughts that it has encrypted, by what is encrypted.</param>
/// <param name="ids">The ids of items that are its own.</param>
/// <param name="calls">The ids of the calls in each response that is stored, or null where none are.</param>
internal sealed class OpenAIResponsesRules(
    IReadOnlyDictionary<string, string> thoughts, IReadOnlyDictionary<string, bool> ids, IReadOnlyDictionary<string, string[]>? calls)
{
    private readonly List<string> _violations = [];
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    public List<string> FindViolations(JsonElement body)
    {
        if (Get(body, "previous_response_id") is { } previous)
        {
            if (calls?.TryGetValue(previous, out var open) is true)
            {
                _open.UnionWith(open);
            }
            else
            {
                _violations.Add($"Previous response with id '{previous}' not found.");
            }
        }

        JsonElement[] items = [.. body.GetProperty("input").EnumerateArray()];
        for (var i = 0; i < items.Length; i++)
        {
            CheckItem(items[i], i, next: i + 1 < items.Length ? Get(items[i + 1], "type") : null);
        }

        if (items.Length == 0)
        {
            _violations.Add("One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.");
        }

        _violations.AddRange(_open.Select(static id => $"No tool output found for function call {id}."));
        return _violations;
    }

    private static string? Get(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private void CheckItem(JsonElement item, int index, string? next)
    {
        switch (Get(item, "type"))
        {
            case "message":
                CheckId(item, "msg", index);
                CheckContent(item, index);
                break;
            case "function_call":
                CheckId(item, "fc", index);
                AddCall(item, index);
                break;
            case "function_call_output":
                CheckId(item, "fc", index);
                CheckOutput(item, index);
                break;
            case "reasoning":
                CheckId(item, "rs", index);
                CheckThought(item, index, next);
                break;
            case var type:
                _violations.Add($"Invalid value: '{type}'. (input[{index}])");
                break;
        }
    }

    private void CheckId(JsonElement item, string prefix, int index)
    {
        if (Get(item, "id") is not { } id)
        {
            return;
        }

        if (!id.StartsWith(prefix, StringComparison.Ordinal))
        {
            _violations.Add($"Invalid 'input[{index}].id': '{id}'. Expected an ID that begins with '{prefix}'.");
        }
        else if (!ids.ContainsKey(id))
        {
            _violations.Add($"Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.");
        }
    }

    private void CheckContent(JsonElement item, int index)
    {
        var role = Get(item, "role");
        if (role is not ("user" or "assistant" or "system" or "developer"))
        {
            _violations.Add($"Invalid value: '{role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'. (input[{index}])");
        }

        if (!item.TryGetProperty("content", out var content) || content.ValueKind is not (JsonValueKind.Array or JsonValueKind.String))
        {
            _violations.Add($"Missing required parameter: 'input[{index}].content'.");
            return;
        }

        if (content.ValueKind == JsonValueKind.String)
        {
            return;
        }

        foreach (var part in content.EnumerateArray())
        {
            var type = Get(part, "type");
            if (role == "assistant" ? type is not ("output_text" or "refusal") : type is not ("input_text" or "input_image" or "input_file"))
            {
                _violations.Add($"Invalid value: '{type}'. (input[{index}].content)");
            }
        }
    }

    private void AddCall(JsonElement item, int index)
    {
        var id = Get(item, "call_id") ?? string.Empty;
        if (id.Length is 0 or > 64)
        {
            _violations.Add($"Invalid 'input[{index}].call_id': string of length {id.Length}. Expected a string with a length from 1 to 64.");
        }

        if (!_open.Add(id))
        {
            _violations.Add($"Duplicate function call {id}. (input[{index}])");
        }

        if (string.IsNullOrEmpty(Get(item, "name")) || Get(item, "arguments") is null)
        {
            _violations.Add($"Missing required parameter: 'input[{index}].name' or 'input[{index}].arguments'.");
        }
    }

    private void CheckOutput(JsonElement item, int index)
    {
        var id = Get(item, "call_id") ?? string.Empty;
        if (_open.Remove(id))
        {
            _answered.Add(id);
        }
        else
        {
            _violations.Add(_answered.Contains(id)
                ? $"Duplicate function call output for function call {id}. (input[{index}])"
                : $"No tool call found for function call output with call_id {id}. (input[{index}])");
        }

        if (!item.TryGetProperty("output", out _))
        {
            _violations.Add($"Missing required parameter: 'input[{index}].output'.");
        }
    }

    private void CheckThought(JsonElement item, int index, string? next)
    {
        var id = Get(item, "id");
        if (Get(item, "encrypted_content") is not { Length: > 0 } encrypted)
        {
            if (calls is not null && id is not null)
            {
                // The id alone is enough. Whether it is known has been looked at.
                return;
            }

            _violations.Add($"Item with id '{id}' not found. Items are not persisted when `store` is set to false. (input[{index}])");
        }
        else if (!thoughts.TryGetValue(encrypted, out var known))
        {
            _violations.Add($"The encrypted content for item {id} could not be verified. (input[{index}])");
        }
        else if (id is not null && id != known)
        {
            _violations.Add($"The encrypted content for item {id} could not be verified. Encrypted content item_id did not match the target item id. (input[{index}])");
        }

        if (next is not ("message" or "function_call" or "reasoning"))
        {
            _violations.Add($"Item '{id}' of type 'reasoning' was provided without its required following item. (input[{index}])");
        }
    }
}
