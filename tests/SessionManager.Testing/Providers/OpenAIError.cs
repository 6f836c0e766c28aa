using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// How OpenAI answers 400.
/// </summary>
internal static class OpenAIError
{
    public static string Create(string message) =>
        $$$"""{"error":{"message":{{{JsonSerializer.Serialize(message)}}},"type":"invalid_request_error","param":null,"code":null}}""";
}
