using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace SessionManager.Tool.Output;

/// <summary>
/// A message as it is shown: what counts of it since it was redacted.
/// </summary>
/// <param name="Position">Its position.</param>
/// <param name="Branch">The branch that it stands on.</param>
/// <param name="Role">Whose it is.</param>
/// <param name="CreatedAt">When it was appended.</param>
/// <param name="IsRedacted">Whether another message stands in for it.</param>
/// <param name="Guardrail">What a guardrail did.</param>
/// <param name="TotalTokens">What its turn cost.</param>
/// <param name="Contents">Its contents, as Microsoft.Extensions.AI writes them.</param>
internal sealed record ShownMessage(
    int Position, int Branch, string Role, DateTimeOffset CreatedAt, bool IsRedacted, string? Guardrail, long? TotalTokens, JsonNode? Contents)
{
    /// <summary>
    /// Gets the message itself, to draw it.
    /// </summary>
    [JsonIgnore]
    public ChatMessage Message { get; private init; } = new();

    public static ShownMessage Create(SessionMessage message) => new(
        message.Position,
        message.Branch,
        message.EffectiveMessage.Role.Value,
        message.CreatedAt,
        message.RedactMessage is not null,
        message.GuardrailEvent?.Action,
        message.EventLoopMetrics?.TotalTokens,
        JsonSerializer.SerializeToNode(message.EffectiveMessage.Contents, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IList<AIContent>))))
    {
        Message = message.EffectiveMessage,
    };
}
