using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Tells where a message is stored that was sent or answered through a session.
/// </summary>
/// <remarks>
/// Pipelines and agents with sessions give every message that they store an id, <see cref="ChatMessage.MessageId"/>, where it has
/// none, and its position as an additional property: the messages of a request, those of a response, and the last update
/// of a streamed one. Feedback takes either. Both survive serialization.
/// </remarks>
public static class StoredPositionExtensions
{
    /// <summary>
    /// Gets the position of a message in its agent's history.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <returns>The position, zero or more; null for a message that no session has stored.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    public static int? GetStoredPosition(this ChatMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Read(message.AdditionalProperties);
    }

    /// <summary>
    /// Gets the position of the message that a streamed response has ended with.
    /// </summary>
    /// <param name="update">The last update of the response.</param>
    /// <returns>The position, zero or more; null for any other update.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="update"/> is null.</exception>
    public static int? GetStoredPosition(this ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return Read(update.AdditionalProperties);
    }

    private static int? Read(AdditionalPropertiesDictionary? properties) =>
        properties is null || !properties.TryGetValue(MessageMarks.Position, out var value) ? null : value switch
        {
            int position => position,
            JsonElement { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var position) => position,
            _ => null,
        };
}
