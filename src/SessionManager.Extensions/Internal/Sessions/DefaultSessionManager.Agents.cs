using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Titles;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    private static readonly AgentInitializationOptions DefaultInitialization = new();

    /// <inheritdoc/>
    public Task<AgentInitialization> InitializeAsync(ISessionAgent agent, CancellationToken cancellationToken = default) =>
        InitializeAsync(agent, DefaultInitialization, cancellationToken);

    /// <inheritdoc/>
    public async Task<AgentInitialization> InitializeAsync(
        ISessionAgent agent,
        AgentInitializationOptions options,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agent);
        HistoryLoader.ThrowIfInvalid(options);

        if (options.RewindTo is { } end)
        {
            await RewindAsync(agent.AgentId, end, whenBusy: null, cancellationToken).ConfigureAwait(false);
        }

        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var load = tracker.Position.BeginLoad();
            var own = new OwnAgent(agent);
            var addition = await GetOrAddAsync(own, options, run: null, cancellationToken).ConfigureAwait(false);
            return await LoadAsync(own, options, tracker, addition, load, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task SyncAgentAsync(ISessionAgent agent, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agent);

        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // Without a run, too: what was appended to a branch that is no longer the current one is not part of the history.
            var fence = tracker.Run is { } run
                ? run.Fence
                : tracker.Branch is { } branch ? new HistoryFence { Branch = branch.Number } : null;
            var changes = tracker.GetChanges(agent);
            if (changes is not null)
            {
                await StoreAsync(changes, tracker, fence, cancellationToken).ConfigureAwait(false);
            }

            logger.AgentSynced(key.SessionId, agent.AgentId, changes is not null);
        }
    }

    /// <inheritdoc/>
    public Task<AgentConfig?> GetAgentConfigAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.GetAgentConfigAsync(_id, agentId, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.ListAgentsAsync(_id, cancellationToken);
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
            : storage.UpdateAgentAsync(_id, new StoredAgent { AgentId = agentId, Model = model, SystemPrompt = systemPrompt }, fence: null, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SetPromptMetadataAsync(
        string agentId,
        IReadOnlyDictionary<string, object?> promptMetadata,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentNullException.ThrowIfNull(promptMetadata);
        return storage.UpdateAgentAsync(_id, new StoredAgent { AgentId = agentId, PromptMetadata = promptMetadata }, fence: null, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<SessionUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.GetUsageAsync(_id, cancellationToken);
    }

    /// <summary>
    /// Stores what has changed in an agent, as long as its history is what this session manager knows.
    /// </summary>
    /// <exception cref="SessionRunLostException">It is not.</exception>
    private async Task StoreAsync(AgentChanges changes, AgentTracker tracker, HistoryFence? fence, CancellationToken cancellationToken)
    {
        var update = storage.UpdateAgentAsync(_id, changes.Agent, fence, cancellationToken);

        // What cannot be stored is refused at once, and then nothing else may be stored either.
        var metrics = changes.TurnMetrics is null || update.IsFaulted
            ? Task.CompletedTask
            : storage.SetEventLoopMetricsAsync(_id, tracker.Branch!, changes.TurnPosition, changes.TurnMetrics, cancellationToken);
        // Side by side, as they do not depend on each other. If either fails, the next sync sends both again.
        try
        {
            await Task.WhenAll(update, metrics).ConfigureAwait(false);
        }
        catch (SessionNotFoundException) when (tracker.Branch is not null)
        {
            throw await LeaveAsync(tracker, isDeleted: true, cancellationToken).ConfigureAwait(false);
        }

        if (!await update.ConfigureAwait(false))
        {
            var agent = await storage.GetAgentAsync(_id, changes.Agent.AgentId, cancellationToken).ConfigureAwait(false);
            // A new session of the same id has its branches above those of the one that was deleted.
            var isDeleted = agent?.History is not { } history || history.FirstBranch > tracker.Branch!.Number;
            // Only a run that has ended in order leaves its branch to the next one: it was done, and its answer lost.
            if (fence is not { ReleasedEnd: not null } || isDeleted || agent!.History!.Branch.Number != tracker.Branch!.Number)
            {
                throw await LeaveAsync(tracker, isDeleted, cancellationToken).ConfigureAwait(false);
            }
        }

        tracker.Synced(changes);
        if (titles is not null && tracker is { HasTitle: false, HasAnswer: true })
        {
            titles.Add(new TitleRequest(storage, _id, changes.Agent.AgentId));
        }
    }

    /// <summary>
    /// Forgets a history that has gone on without this session manager, or was deleted: then what it has appended since is deleted, too.
    /// </summary>
    private async Task<SessionException> LeaveAsync(AgentTracker tracker, bool isDeleted, CancellationToken cancellationToken)
    {
        var branch = tracker.Branch!;
        if (tracker.Run is { } run)
        {
            End(run, tracker);
            await run.LoseAsync().ConfigureAwait(false);
        }

        tracker.Leave();
        if (isDeleted)
        {
            tracker.Position.Forget();
            await storage.DeleteBranchAsync(_id, branch, cancellationToken).ConfigureAwait(false);
            return new SessionNotFoundException(_id, wasDeleted: true);
        }

        return new SessionRunLostException(_id, branch);
    }
}
