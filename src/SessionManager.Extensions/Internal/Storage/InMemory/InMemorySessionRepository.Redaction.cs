using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionRepository
{
    /// <inheritdoc/>
    public async Task<int?> RedactMessageAsync(
        string sessionId,
        string agentId,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(redactMessage);
        ArgumentNullException.ThrowIfNull(details);

        var now = Now();
        var redacted = Create(sessionId, agentId, position ?? 0, redactMessage, metrics: null).Message;
        var guardrailEvent = Copy(GuardrailEventDocument.ToBson(details, now));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Find(sessionId);
        var messages = session?.FindMessages(agentId) ?? [];
        var index = position ?? messages.Count - 1;
        if (session is null || index < 0 || index >= messages.Count)
        {
            return null;
        }

        messages[index] = messages[index] with
        {
            Message = _eraseRedacted ? redacted : messages[index].Message,
            RedactMessage = redacted,
            GuardrailEvent = guardrailEvent,
            UpdatedAt = now,
        };
        Extend(session);
        return index;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));

        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. (Find(sessionId)?.Messages ?? [])
                .Select(static message => message.ReadGuardrailEvent())
                .OfType<GuardrailEvent>()
                .OrderBy(static guardrailEvent => guardrailEvent.Timestamp)
                .ThenBy(static guardrailEvent => guardrailEvent.AgentId, StringComparer.Ordinal)
                .ThenBy(static guardrailEvent => guardrailEvent.Position)
                .Select(static guardrailEvent => guardrailEvent with { Trace = null }),
        ];
    }
}
