using Microsoft.Extensions.AI;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Ablations;

/// <summary>
/// Load and acquire without the end: messages that were read too early are taken for all.
/// </summary>
internal sealed class LoadWithoutEnd(World world, Writer writer) : StepStorage(world, writer)
{
    protected override async Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken)
    {
        var loaded = await base.GetOrAddAgentCoreAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist, cancellationToken);
        return loaded with { History = loaded.History with { End = 0 } };
    }
}
