using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// What is under test as tests call it, over plain messages and text.
/// </summary>
internal static class Histories
{
    public static List<HistoryMessage> Index(IEnumerable<ChatMessage> messages) => [.. messages.Select((message, i) => new HistoryMessage(message, i))];

    public static (List<ChatMessage> Messages, HistoryRepair Repair) Repair(IEnumerable<ChatMessage> history, IReadOnlyList<ChatMessage> newMessages)
    {
        var repaired = HistoryRepairer.Repair(Index(history), newMessages);
        return ([.. repaired.Messages.Select(message => message.Message)], repaired.Repair);
    }

    public static StoredAgent Stored(string state) => new() { AgentId = "support", ConversationManagerState = JsonNode.Parse(state)!.AsObject() };

    public static List<SessionMessage> Messages(string history, int from) =>
    [
        .. HistoryNotation.Parse(history).Skip(from).Select((message, i) => new SessionMessage
        {
            AgentId = "support", Position = from + i, Message = message, CreatedAt = default, UpdatedAt = default,
        }),
    ];

    /// <summary>
    /// Loads a history of which the state tells how many messages are left out.
    /// </summary>
    public static Task<LoadedHistory> LoadAsync(string history, string state, HistoryWindow? window, string newMessages = "")
    {
        var stored = Stored(state);
        return LoadAsync(stored, Messages(history, stored.RemovedMessageCount), new() { NewMessages = HistoryNotation.Parse(newMessages), Window = window });
    }

    /// <summary>
    /// Loads a history of which some messages were read.
    /// </summary>
    public static async Task<LoadedHistory> LoadAsync(StoredAgent stored, IReadOnlyList<SessionMessage> messages, AgentInitializationOptions options)
    {
        var incoming = await IncomingHistory.CompareAsync(options, messages, _ => throw new InvalidOperationException("Nothing older is asked for."));
        return await HistoryLoader.LoadAsync(stored, first: null, messages, incoming, options.Window, TestContext.Current.CancellationToken);
    }
}
