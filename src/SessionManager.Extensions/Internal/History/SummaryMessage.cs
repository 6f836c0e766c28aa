using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// A message of text that the conversation-manager state keeps, in the form in which Strands keeps its summary.
/// </summary>
internal static class SummaryMessage
{
    private const string Role = "role";
    private const string Content = "content";
    private const string Text = "text";

    /// <summary>
    /// Reads a message; null where there is none, or none with text.
    /// </summary>
    public static ChatMessage? Read(JsonNode? node)
    {
        if (node is not JsonObject message || !TryGetText(message[Role], out var role) || message[Content] is not JsonArray content)
        {
            return null;
        }

        // A model that thinks leaves other blocks beside its text.
        List<AIContent> contents = [];
        foreach (var block in content)
        {
            if (block is JsonObject fields && TryGetText(fields[Text], out var text))
            {
                contents.Add(new TextContent(text));
            }
        }

        return contents.Count > 0 ? new ChatMessage(new ChatRole(role), contents) : null;
    }

    /// <summary>
    /// Writes a message; null when it is not one of text.
    /// </summary>
    public static JsonObject? Write(ChatMessage message)
    {
        var content = new JsonArray();
        foreach (var item in message.Contents)
        {
            if (item is not TextContent { Text: var text } || string.IsNullOrWhiteSpace(text))
            {
                return null;
            }

            content.Add(new JsonObject { [Text] = text });
        }

        return content.Count > 0 ? new JsonObject { [Role] = message.Role.Value, [Content] = content } : null;
    }

    private static bool TryGetText(JsonNode? node, [NotNullWhen(true)] out string? text)
    {
        text = null;
        return node is JsonValue value && value.TryGetValue(out text) && !string.IsNullOrWhiteSpace(text);
    }
}
