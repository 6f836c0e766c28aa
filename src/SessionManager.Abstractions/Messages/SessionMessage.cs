using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Represents one stored message of an agent.
/// </summary>
public sealed record SessionMessage
{
    /// <summary>
    /// Gets the id of the agent whose message this is.
    /// </summary>
    public required string AgentId { get; init; }

    /// <summary>
    /// Gets the position of the message in the agent's history: 0, 1, 2 and so on.
    /// </summary>
    public required int Position { get; init; }

    /// <summary>
    /// Gets the number of the branch that the message stands on.
    /// </summary>
    /// <value>Zero or more; 0 in histories from before there were branches.</value>
    public int Branch { get; init; }

    /// <summary>
    /// Gets the message as it was appended.
    /// </summary>
    /// <value>Where redaction erases, and the message was redacted, what <see cref="RedactMessage"/> is.</value>
    public required ChatMessage Message { get; init; }

    /// <summary>
    /// Gets the message that stands in for <see cref="Message"/> since it was redacted.
    /// </summary>
    /// <value>Null when the message was not redacted.</value>
    public ChatMessage? RedactMessage { get; init; }

    /// <summary>
    /// Gets the message to show and to send to models: <see cref="RedactMessage"/> where there is one.
    /// </summary>
    public ChatMessage EffectiveMessage => RedactMessage ?? Message;

    /// <summary>
    /// Gets the metrics of the turn that this message ended.
    /// </summary>
    /// <value>Null when none were recorded for it.</value>
    public EventLoopMetrics? EventLoopMetrics { get; init; }

    /// <summary>
    /// Gets the redaction of the message, with its trace.
    /// </summary>
    /// <value>Null when the message was not redacted.</value>
    public GuardrailEvent? GuardrailEvent { get; init; }

    /// <summary>
    /// Gets the time at which the message was appended, in UTC with milliseconds.
    /// </summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// Gets the time at which the stored message last changed, in UTC with milliseconds.
    /// </summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}
