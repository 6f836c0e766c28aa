using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// What a client has of a conversation. It sends all of it, and as JSON.
/// </summary>
internal sealed class Transcript(Ids ids)
{
    private readonly List<ChatMessage> _messages = [];

    /// <summary>
    /// Adds what the user says, and gets what is sent then.
    /// </summary>
    public ChatMessage[] Say(params IEnumerable<AIContent> contents)
    {
        _messages.Add(new ChatMessage(ChatRole.User, [.. contents]) { MessageId = $"u{_messages.Count}" });
        return Send();
    }

    public ChatMessage[] Say(string text) => Say(new TextContent(text));

    /// <summary>
    /// Adds what came back, or what the client says for others.
    /// </summary>
    public void Add(params IEnumerable<ChatMessage> messages) => _messages.AddRange(messages);

    public void RemoveLast() => _messages.RemoveAt(_messages.Count - 1);

    public ChatMessage[] Send()
    {
        var json = JsonSerializer.Serialize(_messages, AIJsonUtilities.DefaultOptions);
        var sent = JsonSerializer.Deserialize<ChatMessage[]>(json, AIJsonUtilities.DefaultOptions)!;
        foreach (var message in sent)
        {
            if (ids == Ids.None || (ids == Ids.OfUser && message.Role != ChatRole.User))
            {
                (message.MessageId, message.AdditionalProperties) = (null, null);
            }
        }

        return sent;
    }
}
