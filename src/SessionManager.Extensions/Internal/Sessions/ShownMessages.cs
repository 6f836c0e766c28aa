using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Makes of messages what a list of sessions shows of them.
/// </summary>
internal static class ShownMessages
{
    private const int MaxLength = 120;

    /// <summary>
    /// Finds the latest of some messages that a person would read; null where there is none.
    /// </summary>
    public static ShownMessage? FindLatest(IReadOnlyList<ChatMessage> messages, Func<int, int> getPosition)
    {
        for (var i = messages.Count - 1; i >= 0; i--)
        {
            // A null is refused by the storage.
            if (messages[i] is { } message && GetText(message) is { } text)
            {
                return new ShownMessage { Position = getPosition(i), Text = text };
            }
        }

        return null;
    }

    /// <summary>
    /// Gets what is shown of a message as it is stored: of one that was redacted, what stands in its place.
    /// </summary>
    /// <returns>Null for a message that nobody would read, which leaves what is shown of an earlier one.</returns>
    public static ShownMessage? Find(SessionMessage message)
    {
        if (message.RedactMessage is { } redacted)
        {
            return Replace(message.Position, redacted, message.UpdatedAt);
        }

        return GetText(message.Message) is { } text ? new ShownMessage { Position = message.Position, Text = text } : null;
    }

    /// <summary>
    /// Gets what is shown in the place of a message that was redacted or replaced.
    /// </summary>
    public static ShownMessage Replace(int position, ChatMessage message, DateTimeOffset now) =>
        new() { Position = position, ChangedAt = now.ToUnixTimeMilliseconds(), Text = GetText(message) };

    private static string? GetText(ChatMessage message) =>
        message.Role == ChatRole.Assistant || message.Role == ChatRole.User ? ShortText.Create(message.Text, MaxLength) : null;
}
