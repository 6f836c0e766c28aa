using System.Text.Json.Nodes;

namespace SessionManager;

/// <summary>
/// The number of oldest messages that a history leaves out, as a conversation manager's state has it.
/// </summary>
internal static class RemovedMessages
{
    public const string Name = "removed_message_count";

    public static int GetCount(JsonObject? conversationManagerState) =>
        conversationManagerState?[Name] is JsonValue value && value.TryGetValue(out int count) ? Math.Max(count, 0) : 0;
}
