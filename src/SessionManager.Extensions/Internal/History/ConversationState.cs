using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// What the conversation-manager state of an agent says about its history. Other fields are left as they are.
/// </summary>
internal sealed class ConversationState
{
    private const string RemovedMessageCountName = "removed_message_count";
    private const string SummaryMessageName = "summary_message";

    // Not known to Strands, which keeps no system messages in its histories and leaves this alone.
    private const string SystemMessageName = "system_message";

    private ConversationState(JsonObject json, int removedCount, ChatMessage? system, ChatMessage? summary)
    {
        Json = json;
        RemovedCount = removedCount;
        System = system;
        Summary = summary;
    }

    public JsonObject Json { get; }

    public int RemovedCount { get; }

    /// <summary>
    /// Gets the system message that stood before the messages that were left out.
    /// </summary>
    public ChatMessage? System { get; }

    /// <summary>
    /// Gets the message that stands in for the messages that were left out.
    /// </summary>
    public ChatMessage? Summary { get; }

    /// <summary>
    /// Gets what stands before the stored messages.
    /// </summary>
    public IEnumerable<ChatMessage> Front => new[] { System, Summary }.OfType<ChatMessage>();

    public static ConversationState Read(StoredAgent agent)
    {
        var json = agent.ConversationManagerState ?? [];
        return new ConversationState(
            json, agent.RemovedMessageCount, SummaryMessage.Read(json[SystemMessageName]), SummaryMessage.Read(json[SummaryMessageName]));
    }

    /// <summary>
    /// Gets the state after a change. The messages must be of text.
    /// </summary>
    public ConversationState With(int removedCount, ChatMessage? system, ChatMessage? summary)
    {
        var json = Json.DeepClone().AsObject();
        if (removedCount != RemovedCount)
        {
            json[RemovedMessageCountName] = removedCount;
        }

        Replace(json, SystemMessageName, System, system);
        Replace(json, SummaryMessageName, Summary, summary);
        return new ConversationState(json, removedCount, system, summary);
    }

    private static void Replace(JsonObject json, string name, ChatMessage? before, ChatMessage? after)
    {
        // Its JSON stays as it is stored, with what another writer may have put into it.
        if (ReferenceEquals(before, after))
        {
            return;
        }

        json.Remove(name);
        if (after is not null)
        {
            json.Add(name, SummaryMessage.Write(after));
        }
    }
}
