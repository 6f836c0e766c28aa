using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Describes what a session manager needs of an agent: its identity, its configuration, its live messages and state.
/// </summary>
/// <remarks>
/// Implement it over the agent of any framework, or use <see cref="SessionAgent"/>. The session manager reads these
/// members only inside its own calls and keeps no reference to the agent between them. It does not synchronise access:
/// do not change <see cref="Messages"/>, <see cref="State"/> or <see cref="ConversationManagerState"/> while
/// <see cref="ISessionManager.InitializeAsync(ISessionAgent, CancellationToken)"/> or <see cref="ISessionManager.SyncAgentAsync"/> runs for this agent.
/// </remarks>
public interface ISessionAgent
{
    /// <summary>
    /// Gets the id of the agent, unique within its session and the same at every start of the application.
    /// </summary>
    /// <value>Not blank, at most 255 bytes in UTF-8, without NUL. Dots and dollar signs are fine.</value>
    string AgentId { get; }

    /// <summary>
    /// Gets the id of the model that the agent talks to.
    /// </summary>
    /// <value>Null or empty leaves the stored model as it is.</value>
    string? Model { get; }

    /// <summary>
    /// Gets the system prompt of the agent.
    /// </summary>
    /// <value>Null or empty leaves the stored system prompt as it is.</value>
    string? SystemPrompt { get; }

    /// <summary>
    /// Gets the live messages of the agent, oldest first.
    /// </summary>
    /// <remarks>
    /// <see cref="ISessionManager.InitializeAsync(ISessionAgent, CancellationToken)"/> replaces the content of this list with the stored messages.
    /// </remarks>
    IList<ChatMessage> Messages { get; }

    /// <summary>
    /// Gets or sets the state of the agent: any JSON object.
    /// </summary>
    /// <value>Never null.</value>
    JsonObject State { get; set; }

    /// <summary>
    /// Gets or sets the state of whatever keeps the agent's messages within the model's context window.
    /// </summary>
    /// <value>
    /// Any JSON object, never null. Its integer <c>removed_message_count</c>, when present, is the number of oldest messages that
    /// <see cref="ISessionManager.InitializeAsync(ISessionAgent, CancellationToken)"/> leaves out; they stay stored. Its
    /// messages of text <c>system_message</c> and <c>summary_message</c>, when present, stand in front of the others.
    /// </value>
    JsonObject ConversationManagerState { get; set; }

    /// <summary>
    /// Gets the metrics that the agent has accumulated since this object was made.
    /// </summary>
    /// <returns>
    /// A snapshot whose numbers never decrease from one call to the next. If they do, they count as started anew.
    /// </returns>
    EventLoopMetrics GetMetrics();
}
