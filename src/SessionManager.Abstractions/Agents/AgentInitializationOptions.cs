using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Says how <see cref="ISessionManager.InitializeAsync(ISessionAgent, AgentInitializationOptions, CancellationToken)"/> loads
/// a history.
/// </summary>
public sealed record AgentInitializationOptions
{
    /// <summary>
    /// Gets the messages that are about to follow the history: what a client has sent.
    /// </summary>
    /// <value>
    /// Never null, nor is any of them; empty by default. They are neither stored nor loaded. Those among them that are stored
    /// already are found: <see cref="AgentInitialization.NewMessages"/> are the others. A tool call, or a request for approval,
    /// that one of them answers is not taken for an interrupted one.
    /// </value>
    public IReadOnlyList<ChatMessage> NewMessages { get; init; } = [];

    /// <summary>
    /// Gets a value indicating whether <see cref="NewMessages"/> come from somebody who is not trusted, such as a browser.
    /// </summary>
    /// <value>
    /// The default is false. True takes nothing from them but messages of the user, results of stored calls and answers to
    /// stored requests. Others are left out, and counted as <see cref="AgentInitialization.IgnoredMessageCount"/>.
    /// </value>
    public bool UserMessagesOnly { get; init; }

    /// <summary>
    /// Gets the number of messages after which the history goes on anew, such as the position of a message that is edited or of an answer
    /// that is given again.
    /// </summary>
    /// <value>
    /// Zero or more, at most the number of messages; null, the default, goes on from the end. What stands from there on is kept on its branch, as
    /// <see cref="ISessionManager.RewindAsync"/> keeps it.
    /// </value>
    public int? RewindTo { get; init; }

    /// <summary>
    /// Gets how much of the history is loaded.
    /// </summary>
    /// <value>Null, the default, for all that <c>removed_message_count</c> does not leave out.</value>
    public HistoryWindow? Window { get; init; }

    /// <summary>
    /// Gets a value indicating whether the session must exist.
    /// </summary>
    /// <value>
    /// The default is false: the first load creates it. True throws <see cref="SessionNotFoundException"/> where it does not exist for its owner, and
    /// writes nothing.
    /// </value>
    public bool RequireExisting { get; init; }
}
