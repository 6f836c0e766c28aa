using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Tells what <see cref="ISessionManager.InitializeAsync(ISessionAgent, CancellationToken)"/> found for an agent.
/// </summary>
public sealed record AgentInitialization
{
    /// <summary>
    /// Gets a value indicating whether this call added the agent to the session.
    /// </summary>
    /// <value>When several processes do so at the same moment, it is true for one of them.</value>
    public required bool IsNewAgent { get; init; }

    /// <summary>
    /// Gets the number of stored messages that were put into <see cref="ISessionAgent.Messages"/>.
    /// </summary>
    /// <value>Zero where the agent's own messages are what was stored.</value>
    public required int RestoredMessageCount { get; init; }

    /// <summary>
    /// Gets what had to be changed in the loaded history so that model providers accept it.
    /// </summary>
    /// <value>Never null; <see cref="HistoryRepair.None"/> when nothing was wrong.</value>
    public HistoryRepair Repair { get; init; } = HistoryRepair.None;

    /// <summary>
    /// Gets the messages to append: those of <see cref="AgentInitializationOptions.NewMessages"/> that are not stored.
    /// </summary>
    /// <value>
    /// Never null. Results of stored calls come first. A message of which a part is stored comes without it, and an approval
    /// with the call that it was asked for.
    /// </value>
    public IReadOnlyList<ChatMessage> NewMessages { get; init; } = [];

    /// <summary>
    /// Gets a value indicating whether the new messages ask again what has an answer already.
    /// </summary>
    /// <value>When true, that answer is stored and not loaded.</value>
    public bool IsAskedAgain { get; init; }

    /// <summary>
    /// Gets a value indicating whether the history ends with a request for approval that the new messages do not answer.
    /// </summary>
    public bool AwaitsApproval { get; init; }

    /// <summary>
    /// Gets the number of messages of the user that are stored with other contents and are to be appended as they are now.
    /// </summary>
    public int EditedMessageCount { get; init; }

    /// <summary>
    /// Gets the number of messages, results and approvals that were left out, because what is stored says otherwise or knows nothing of them.
    /// </summary>
    public int IgnoredMessageCount { get; init; }
}
