using System.Text.Json;
using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Tells why a message is redacted.
/// </summary>
public sealed record RedactionDetails
{
    /// <summary>
    /// Gets what was done.
    /// </summary>
    /// <value>The default is <c>BLOCKED</c>. Not blank, which is an <see cref="ArgumentException"/>.</value>
    public string Action { get; init; } = "BLOCKED";

    /// <summary>
    /// Gets the reason for which the model stopped, such as <c>guardrail_intervened</c>.
    /// </summary>
    /// <value>Null, the default, when it is not known.</value>
    public string? StopReason { get; init; }

    /// <summary>
    /// Gets the trace of the guardrail, in the shape of Bedrock's Converse API, with or without guardrail ids as keys.
    /// </summary>
    /// <value>Null, the default, for none. A trace of another shape is stored, and no policies are read from it.</value>
    public JsonElement? GuardrailTrace { get; init; }

    /// <summary>
    /// Sums up <see cref="GuardrailTrace"/>, for <see cref="GuardrailEvent.PoliciesTriggered"/>.
    /// </summary>
    /// <returns>
    /// The policies that were triggered, each with its findings: input before output. Empty where the trace tells of none, or is
    /// of another shape.
    /// </returns>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> GetTriggeredPolicies() => GuardrailPolicies.Summarize(GuardrailTrace);
}
