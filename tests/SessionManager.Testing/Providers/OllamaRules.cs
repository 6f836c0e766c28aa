using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// What Ollama's chat refuses, and results that do not follow the calls: it has no ids, the place alone says whose they are.
/// </summary>
internal static class OllamaRules
{
    public static List<string> FindViolations(JsonElement body)
    {
        List<string> violations = [];
        var open = 0;
        var index = 0;
        foreach (var message in body.GetProperty("messages").EnumerateArray())
        {
            var role = message.GetProperty("role").GetString();
            if (role == "tool")
            {
                open--;
            }

            if (role == "tool" ? open < 0 : open > 0)
            {
                violations.Add($"messages[{index}]: the results of tools stand elsewhere than behind their calls");
                open = 0;
            }

            if (role is not ("system" or "user" or "assistant" or "tool"))
            {
                violations.Add($"messages[{index}]: invalid role {role}");
            }

            if (role != "tool")
            {
                open = message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array ? calls.GetArrayLength() : 0;
            }

            index++;
        }

        if (open > 0)
        {
            violations.Add("the results of tools are missing");
        }

        return violations;
    }
}
