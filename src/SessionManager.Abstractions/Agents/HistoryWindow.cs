using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Says how much of a stored history an agent gets to see. The whole history stays stored.
/// </summary>
/// <remarks>
/// <para>
/// What a window leaves out is counted as <c>removed_message_count</c> in the agent's
/// <see cref="ISessionAgent.ConversationManagerState"/>, as the Python library does, so that it is not read again. It is
/// stored by the next <see cref="ISessionManager.SyncAgentAsync"/>.
/// </para>
/// <para>
/// A window that counts messages begins at a message of the user, and so never between a tool call and its result. A turn
/// that the new messages go on with, for example with the results of its calls, is never cut, however long it is.
/// </para>
/// <para>
/// A system message of text at the beginning of the history stays in front: it is kept as <c>system_message</c> in the
/// conversation-manager state.
/// </para>
/// </remarks>
public sealed record HistoryWindow
{
    /// <summary>
    /// Gets the number of messages, new ones included, that make the window move.
    /// </summary>
    /// <value>One or more; null, the default, for any number.</value>
    public int? MaxMessages { get; init; }

    /// <summary>
    /// Gets the number of messages, new ones included, that are left at most when the window moves.
    /// </summary>
    /// <value>
    /// From one to <see cref="MaxMessages"/>; null, the default, for three quarters of it, at least one. The closer it is
    /// to <see cref="MaxMessages"/>, the more often the beginning of what the model is sent changes, which providers'
    /// prompt caches do not like.
    /// </value>
    public int? MessagesAfterTrim { get; init; }

    /// <summary>
    /// Gets the reducer that shortens what is left, for example to a summary and the latest messages.
    /// </summary>
    /// <value>
    /// Null, the default, for none. It is called with a valid history, without the new messages and without the calls and
    /// requests that they answer, whenever an agent with a history is loaded. The messages that stand before the first one
    /// that it keeps are left out from then on; a message of text that it puts in their place is kept as <c>summary_message</c>
    /// in the conversation-manager state, and goes when the reducer leaves it out. What else it changes holds for this load.
    /// </value>
    public IChatReducer? Reducer { get; init; }
}
