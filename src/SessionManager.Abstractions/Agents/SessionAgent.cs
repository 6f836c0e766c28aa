using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Represents an agent by plain properties, for code that has no agent type of its own.
/// </summary>
/// <remarks>Not thread-safe, except for <see cref="Metrics"/>.</remarks>
public sealed class SessionAgent : ISessionAgent
{
    private JsonObject _state = [];
    private JsonObject _conversationManagerState = [];

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionAgent"/> class.
    /// </summary>
    /// <param name="agentId">
    /// The id of the agent, unique within its session: not blank, at most 255 bytes in UTF-8, without NUL. The last two are
    /// checked when a session manager uses it.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="agentId"/> is null, empty or blank.</exception>
    public SessionAgent(string agentId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(agentId);
        AgentId = agentId;
    }

    /// <inheritdoc/>
    public string AgentId { get; }

    /// <inheritdoc/>
    public string? Model { get; set; }

    /// <inheritdoc/>
    public string? SystemPrompt { get; set; }

    /// <inheritdoc/>
    public IList<ChatMessage> Messages { get; } = [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public JsonObject State
    {
        get => _state;
        set => _state = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public JsonObject ConversationManagerState
    {
        get => _conversationManagerState;
        set => _conversationManagerState = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>
    /// Gets or sets the number of oldest messages that are no longer part of <see cref="Messages"/>, kept as
    /// <c>removed_message_count</c> in <see cref="ConversationManagerState"/>.
    /// </summary>
    /// <value>Zero or more; the default is 0.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int RemovedMessageCount
    {
        get => RemovedMessages.GetCount(ConversationManagerState);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ConversationManagerState[RemovedMessages.Name] = value;
        }
    }

    /// <summary>
    /// Gets the counters to which the application adds its model and tool calls.
    /// </summary>
    public AgentMetrics Metrics { get; } = new();

    /// <inheritdoc/>
    public EventLoopMetrics GetMetrics() => Metrics.GetTotals();
}
