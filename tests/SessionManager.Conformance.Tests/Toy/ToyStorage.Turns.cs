using Microsoft.Extensions.AI;

namespace SessionManager.Conformance.Toy;

/// <content>What is stored with a message later on: what its turn has cost, and its redaction.</content>
public sealed partial class ToyStorage
{
    private readonly HashSet<(string SessionId, string AgentId, int Branch, int Position, string RequestId)> _claims = [];

    protected override Task SetEventLoopMetricsCoreAsync(string sessionId, AgentBranch branch, int position, EventLoopMetrics metrics, CancellationToken cancellationToken) =>
        RunAsync(() => TryUpdate(sessionId, branch, position, message => message with { EventLoopMetrics = Copy(metrics) }), cancellationToken);

    protected override Task<SessionUsage> GetUsageCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        RunAsync(
            () => SessionUsage.Sum(AllMessages(sessionId).Where(message => message.EventLoopMetrics is not null).Select(message =>
                new AgentUsage { AgentId = message.AgentId, Model = message.EventLoopMetrics!.Model, TurnCount = 1, Metrics = message.EventLoopMetrics })),
            cancellationToken);

    protected override async Task<int?> RedactMessageCoreAsync(
        string sessionId, AgentBranch branch, int? position, ChatMessage redactMessage, RedactionDetails details, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var redacted = ToyMessages.Copy(redactMessage, sessionId, branch.AgentId);
        var index = position ?? FindMessages(sessionId, branch).Count - 1;
        var isRedacted = TryUpdate(sessionId, branch, index, message => message with
        {
            Message = options.EraseRedactedMessages ? redacted : message.Message,
            RedactMessage = redacted,
            GuardrailEvent = new GuardrailEvent
            {
                AgentId = branch.AgentId,
                Branch = branch.GetBranchAt(index),
                Position = index,
                Action = details.Action,
                Timestamp = Now(),
                StopReason = details.StopReason,
                PoliciesTriggered = details.GetTriggeredPolicies(),
                Trace = details.GuardrailTrace?.Clone(),
            },
        });
        return isRedacted ? index : null;
    }

    protected override Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<GuardrailEvent>>(
            () => [.. AllMessages(sessionId)
                .Select(message => message.GuardrailEvent).OfType<GuardrailEvent>()
                .OrderBy(recorded => recorded.Timestamp).Select(recorded => recorded with { Trace = null })],
            cancellationToken);

    protected override Task<bool> TryClaimRequestCoreAsync(string sessionId, AgentBranch branch, int position, string requestId, CancellationToken cancellationToken) =>
        RunAsync(() => position < FindMessages(sessionId, branch).Count && _claims.Add((sessionId, branch.AgentId, branch.GetBranchAt(position), position, requestId)), cancellationToken);

    protected override Task<bool> TryReplaceLastMessageCoreAsync(string sessionId, AgentBranch branch, int position, ChatMessage message, CancellationToken cancellationToken)
    {
        var replacement = ToyMessages.Copy(message, sessionId, branch.AgentId);
        return RunAsync(
            () => position == FindMessages(sessionId, branch).Count - 1 && TryUpdate(sessionId, branch, position, stored => stored with { Message = replacement }),
            cancellationToken);
    }

    private static EventLoopMetrics? Copy(EventLoopMetrics? metrics) =>
        metrics is null ? null : metrics with { ToolUsage = new Dictionary<string, ToolMetrics>(metrics.ToolUsage) };

    private bool TryUpdate(string sessionId, AgentBranch branch, int position, Func<SessionMessage, SessionMessage> update)
    {
        var history = FindMessages(sessionId, branch);
        var exists = position >= 0 && position < history.Count;
        if (exists)
        {
            var messages = GetOrAdd(sessionId).Branches[(branch.AgentId, branch.GetBranchAt(position))].Messages;
            messages[position - messages[0].Position] = update(history[position]) with { UpdatedAt = Now() };
        }

        return exists;
    }

    private IEnumerable<SessionMessage> AllMessages(string sessionId) => Find(sessionId) is { } session
        ? session.Branches.Values.Where(entry => entry.Branch.Number >= session.FirstBranch).SelectMany(entry => entry.Messages)
        : [];
}
