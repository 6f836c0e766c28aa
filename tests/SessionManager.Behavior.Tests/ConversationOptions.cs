using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// How a <see cref="Conversation"/> is wired.
/// </summary>
internal sealed record ConversationOptions
{
    public required Wiring Wiring { get; init; }

    public required bool IsStreaming { get; init; }

    public required string SessionId { get; init; }

    public string AgentId { get; init; } = Conversation.AgentId;

    public required ScriptedModel Model { get; init; }

    public IReadOnlyList<AITool> Tools { get; init; } = [];

    public HistoryWindow? Window { get; init; }

    public bool UserMessagesOnly { get; init; }

    public WhenBusy WhenBusy { get; init; } = WhenBusy.Default;

    /// <summary>
    /// Gets what a request continues that a service works on in the background, or null.
    /// </summary>
    public ResponseContinuationToken? ContinuationToken { get; init; }

    public bool AllowBackgroundResponses { get; init; }

    /// <summary>
    /// Gets what cancels a request, beside the end of the test.
    /// </summary>
    public CancellationToken Cancellation { get; init; } = TestContext.Current.CancellationToken;

    /// <summary>
    /// Gets what sets up function invocation, or null for its defaults.
    /// </summary>
    public Action<FunctionInvokingChatClient>? ConfigureInvocation { get; init; }
}
