using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Says how <see cref="ISessionManager.InitializeAsync(ISessionAgent, AgentInitializationOptions, CancellationToken)"/> loads
/// a history.
/// </summary>
public sealed record AgentInitializationOptions
{
    /// <summary>
    /// Gets the messages that are about to follow the history.
    /// </summary>
    /// <value>
    /// Never null, nor is any of them; empty by default. They are neither stored nor loaded. A tool call, or a request for
    /// approval, that one of them answers is not taken for an interrupted one. Results of calls come first among them: only
    /// then do they stand right after the calls.
    /// </value>
    public IReadOnlyList<ChatMessage> NewMessages { get; init; } = [];

    /// <summary>
    /// Gets how much of the history is loaded.
    /// </summary>
    /// <value>Null, the default, for all that <c>removed_message_count</c> does not leave out.</value>
    public HistoryWindow? Window { get; init; }
}
