using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<int?> RedactMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int? position,
        ChatMessage redactMessage,
        RedactionDetails details,
        CancellationToken cancellationToken)
    {
        var now = Now();
        var redacted = CreateAll(sessionId, branch, [redactMessage], metrics: null)[0].Message;
        var guardrailEvent = Copy(GuardrailEventDocument.ToBson(details, now));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Find(sessionId);
        var index = position ?? (session?.GetCount(branch) ?? 0) - 1;
        if (session is null || index < 0 || session.FindMessage(branch, index) is not { } message)
        {
            return null;
        }

        session.Replace(message with
        {
            Message = _eraseRedacted ? redacted : message.Message,
            RedactMessage = redacted,
            ReplacedMessages = _eraseRedacted ? null : message.ReplacedMessages,
            GuardrailEvent = guardrailEvent,
            UpdatedAt = now,
        });
        Extend(session);
        return index;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. GetMessages(sessionId)
                .Select(static message => message.ReadGuardrailEvent())
                .OfType<GuardrailEvent>()
                .OrderBy(static guardrailEvent => guardrailEvent.Timestamp)
                .ThenBy(static guardrailEvent => guardrailEvent.AgentId, StringComparer.Ordinal)
                .ThenBy(static guardrailEvent => guardrailEvent.Position)
                .Select(static guardrailEvent => guardrailEvent with { Trace = null }),
        ];
    }
}
