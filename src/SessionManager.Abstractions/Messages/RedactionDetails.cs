using System.Text.Json;

namespace SessionManager;

/// <summary>
/// Tells why a message is redacted.
/// </summary>
public sealed record RedactionDetails
{
    /// <summary>
    /// Gets what was done.
    /// </summary>
    /// <value>The default is <c>BLOCKED</c>.</value>
    public string Action { get; init; } = "BLOCKED";

    /// <summary>
    /// Gets the reason for which the model stopped, such as <c>guardrail_intervened</c>.
    /// </summary>
    public string? StopReason { get; init; }

    /// <summary>
    /// Gets the trace of the guardrail, in the shape of Bedrock's Converse API, with or without guardrail ids as keys.
    /// </summary>
    public JsonElement? GuardrailTrace { get; init; }
}
