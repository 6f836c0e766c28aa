using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    private static readonly RedactionDetails Blocked = new();

    /// <inheritdoc/>
    public Task<bool> CreateSessionAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.CreateSessionAsync(sessionId, applicationName, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> SessionExistsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return await storage.GetSessionAsync(sessionId, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteSessionAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        var existed = await storage.DeleteSessionAsync(sessionId, cancellationToken).ConfigureAwait(false);

        // What was known of the agents is gone with them.
        _trackers = null;
        positions.Forget(storage, sessionId);
        return existed;
    }

    /// <inheritdoc/>
    public async Task<int?> RedactLatestMessageAsync(
        ChatMessage redactMessage,
        ISessionAgent agent,
        RedactionDetails? details = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(redactMessage);
        ThrowIfUnusable(agent);

        // The latest message that is known here is the one that was judged. Another writer's may have come since.
        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            return tracker.KnownEnd == 0
                ? null
                : await storage
                    .RedactMessageAsync(sessionId, agent.AgentId, tracker.KnownEnd - 1, redactMessage, details ?? Blocked, cancellationToken)
                    .ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.ListGuardrailEventsAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task UpdateAgentConfigAsync(
        string agentId,
        string? model = null,
        string? systemPrompt = null,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return model is null && systemPrompt is null
            ? Task.CompletedTask
            : storage.UpdateAgentAsync(sessionId, new AgentData { AgentId = agentId, Model = model, SystemPrompt = systemPrompt }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SetPromptMetadataAsync(
        string agentId,
        IReadOnlyDictionary<string, object?> promptMetadata,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentNullException.ThrowIfNull(promptMetadata);
        return storage.UpdateAgentAsync(sessionId, new AgentData { AgentId = agentId, PromptMetadata = promptMetadata }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SessionUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.GetUsageAsync(sessionId, cancellationToken);
    }
}
