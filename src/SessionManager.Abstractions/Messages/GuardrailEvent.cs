using System.Collections.ObjectModel;
using System.Text.Json;

namespace SessionManager;

/// <summary>
/// Represents one redaction of a message.
/// </summary>
public sealed record GuardrailEvent
{
    /// <summary>
    /// Gets the id of the agent whose message was redacted.
    /// </summary>
    public required string AgentId { get; init; }

    /// <summary>
    /// Gets the position of the redacted message.
    /// </summary>
    public required int Position { get; init; }

    /// <summary>
    /// Gets the number of the branch that the redacted message stands on.
    /// </summary>
    /// <value>Zero or more; 0 in histories from before there were branches.</value>
    public int Branch { get; init; }

    /// <summary>
    /// Gets what was done, such as <c>BLOCKED</c>.
    /// </summary>
    public required string Action { get; init; }

    /// <summary>
    /// Gets the time of the redaction, in UTC with milliseconds.
    /// </summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>
    /// Gets the reason for which the model stopped.
    /// </summary>
    /// <value>Null when none was given.</value>
    public string? StopReason { get; init; }

    /// <summary>
    /// Gets the policies that were triggered, each with its findings.
    /// </summary>
    /// <value>Never null; empty when there was no trace.</value>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> PoliciesTriggered { get; init; } =
        ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>
    /// Gets the whole trace.
    /// </summary>
    /// <value>Null in <see cref="ISessionManager.ListGuardrailEventsAsync"/>, which leaves it out.</value>
    public JsonElement? Trace { get; init; }
}
