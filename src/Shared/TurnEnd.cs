using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// The message that ends a turn of the agent: what the turn cost is stored with it.
/// </summary>
internal static class TurnEnd
{
    /// <summary>
    /// Finds the last assistant message, and returns -1 if there is none.
    /// </summary>
    public static int IndexIn(IReadOnlyList<ChatMessage> messages)
    {
        var index = messages.Count - 1;
        while (index >= 0 && messages[index]?.Role != ChatRole.Assistant)
        {
            index--;
        }

        return index;
    }
}
