using System.ComponentModel;
using System.Text.Json.Nodes;

namespace SessionManager;

/// <summary>
/// Represents what a <see cref="SessionStorage"/> has of an agent besides its messages.
/// </summary>
/// <remarks>Null is what is not stored. In an update, a property that is null leaves what is stored as it is.</remarks>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record StoredAgent
{
    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public required string AgentId { get; init; }

    /// <summary>
    /// Gets the state of the agent.
    /// </summary>
    public JsonObject? State { get; init; }

    /// <summary>
    /// Gets the top-level keys of <see cref="State"/> that an update is about, so that two writers of one agent's state keep each
    /// other's keys: those that the state has are set, the others removed.
    /// </summary>
    /// <value>Null to replace the stored state by <see cref="State"/> whole; without meaning outside of updates, and without a state.</value>
    /// <remarks>
    /// Where a storage cannot tell the keys apart (the stored state is no object, or a key is none that it can address), it replaces the state whole.
    /// </remarks>
    public IReadOnlyCollection<string>? ChangedStateKeys { get; init; }

    /// <summary>
    /// Gets the state of the agent's conversation manager.
    /// </summary>
    public JsonObject? ConversationManagerState { get; init; }

    /// <summary>
    /// Gets the number of oldest messages that are left out of the agent's history.
    /// </summary>
    /// <value>What <see cref="ConversationManagerState"/> has as <c>removed_message_count</c>; 0 without it.</value>
    public int RemovedMessageCount => RemovedMessages.GetCount(ConversationManagerState);

    /// <summary>
    /// Gets the id of the model.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>
    /// Gets the system prompt.
    /// </summary>
    public string? SystemPrompt { get; init; }

    /// <summary>
    /// Gets what is known about the prompt's origin. An update replaces it whole.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? PromptMetadata { get; init; }

    /// <summary>
    /// Gets what is stored of the agent's history besides its messages.
    /// </summary>
    /// <value>Not null in what a storage returns; without meaning in updates.</value>
    public StoredHistory? History { get; init; }

    /// <summary>
    /// Gets what lists show of the agent's history.
    /// </summary>
    /// <value>For an agent that is added, and in updates; without meaning in what a storage returns.</value>
    public ShownHistory? Shown { get; init; }

    /// <summary>
    /// Gets what identifies the latest redaction of a message of the agent, in updates.
    /// </summary>
    /// <value>Null where none is to be noted. It is found in <see cref="StoredHistory.Redaction"/>.</value>
    public string? Redaction { get; init; }

    /// <summary>
    /// Gets a value indicating whether an update takes away the title that a model has given the session: it may tell of a message that was redacted.
    /// </summary>
    public bool ClearsGeneratedTitle { get; init; }

    /// <summary>
    /// Gets what identifies the configuration that the live agent had when it was last captured.
    /// </summary>
    /// <remarks>
    /// A sync writes model and system prompt only when the live agent's have changed since, so that a configuration that
    /// was edited in the database stays until then.
    /// </remarks>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public string? CapturedConfig { get; init; }
}
