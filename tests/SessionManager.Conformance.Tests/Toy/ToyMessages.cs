using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance.Toy;

internal static class ToyMessages
{
    // Only MongoDB has this limit, but the suite asks for it.
    private const int MaxSize = 16 * 1024 * 1024;

    /// <summary>
    /// Copies a message by way of its JSON, which is also what another storage would keep.
    /// </summary>
    /// <exception cref="ArgumentException">The message cannot be stored.</exception>
    public static ChatMessage Copy(ChatMessage message, string sessionId, string agentId)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(message, AIJsonUtilities.DefaultOptions);
            return json.Length <= MaxSize ? Read(json) : throw new MessageTooLargeException(sessionId, agentId, json.Length, MaxSize);
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException)
        {
            throw new ArgumentException($"The message cannot be stored: {exception.Message}", nameof(message), exception);
        }
    }

    private static ChatMessage Read(byte[] json)
    {
        var message = JsonSerializer.Deserialize<ChatMessage>(json, AIJsonUtilities.DefaultOptions)!;
        foreach (var result in message.Contents.OfType<FunctionResultContent>())
        {
            // Where JSON tells less than .NET: a result that was a text is to come back as one.
            result.Result = result.Result is JsonElement { ValueKind: JsonValueKind.String } text ? text.GetString() : result.Result;
        }

        return message;
    }
}
