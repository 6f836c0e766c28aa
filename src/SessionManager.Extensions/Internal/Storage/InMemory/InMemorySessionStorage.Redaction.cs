using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<int?> RedactMessageCoreAsync(
        string sessionId,
        string agentId,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken)
    {
        var now = Now();
        var redacted = CreateAll(sessionId, agentId, [redactMessage], metrics: null)[0].Message;
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
    protected override async Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
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
