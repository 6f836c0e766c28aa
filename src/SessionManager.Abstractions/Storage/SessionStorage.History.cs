using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Opens a branch of an agent's history and makes it the current one, in one atomic update, unless the history has changed since it was read.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="change">What it goes on from, and what it depends on.</param>
    /// <param name="cancellationToken">Cancels the call. Whether the history was changed is not known then: its run tells.</param>
    /// <returns>The branch, or null when nothing was changed.</returns>
    public Task<AgentBranch?> TryChangeHistoryAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(change);
        ThrowIfInvalid(change.Run, $"{nameof(change)}.{nameof(change.Run)}");

        return TryChangeHistoryCoreAsync(sessionId, change, cancellationToken);
    }

    /// <inheritdoc cref="TryChangeHistoryAsync"/>
    /// <remarks>
    /// The arguments have been checked. The branch gets <see cref="StoredHistory.NextBranch"/> of what was expected, its
    /// <see cref="StoredHistory.End"/> is where its base ends, and so many messages are shown, without a preview.
    /// </remarks>
    protected abstract Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken);

    /// <summary>
    /// Notes that a run is alive.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="run">The run, with its term from now on.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The run, or null when it is not the agent's latest one any more, or has ended.</returns>
    public Task<StoredRun?> TryRenewRunAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(run);
        ThrowIfInvalid(run, nameof(run));

        return TryRenewRunCoreAsync(sessionId, agentId, run, cancellationToken);
    }

    /// <inheritdoc cref="TryRenewRunAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the run that an agent has to stop. It learns of that when it is renewed.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when there was a run that has not ended.</returns>
    public Task<bool> TryStopRunAsync(string sessionId, string agentId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));

        return TryStopRunCoreAsync(sessionId, agentId, cancellationToken);
    }

    /// <inheritdoc cref="TryStopRunAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken);

    /// <summary>
    /// Lists branches of an agent's history that have messages of their own, newest first.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="fromBranch">The lowest number to list, zero or more.</param>
    /// <param name="beforeBranch">The number before which the list ends, or null for none.</param>
    /// <param name="limit">The largest number of branches to list, one or more.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The branches. Which one is current, and whether it has no message yet, is not looked at: none of them says so.</returns>
    public Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(
        string sessionId,
        string agentId,
        int fromBranch,
        int? beforeBranch,
        int limit,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentOutOfRangeException.ThrowIfNegative(fromBranch);
        ArgumentOutOfRangeException.ThrowIfNegative(beforeBranch ?? 0, nameof(beforeBranch));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);

        return ListBranchesCoreAsync(sessionId, agentId, fromBranch, beforeBranch, limit, cancellationToken);
    }

    /// <inheritdoc cref="ListBranchesAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId,
        string agentId,
        int fromBranch,
        int? beforeBranch,
        int limit,
        CancellationToken cancellationToken);

    /// <summary>
    /// Finds a branch of an agent's history.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="agentId">The id of the agent.</param>
    /// <param name="number">The number of the branch, zero or more, or null for the current one.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The branch; null when there is no such agent, or no such branch with messages of its own.</returns>
    public async Task<AgentBranch?> FindBranchAsync(string sessionId, string agentId, int? number, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number ?? 0, nameof(number));
        var agent = await GetAgentAsync(sessionId, agentId, cancellationToken).ConfigureAwait(false);
        if (agent?.History is not { } history || number is not { } wanted || wanted == history.Branch.Number)
        {
            return agent?.History?.Branch;
        }

        // What an earlier session of this id has left is no branch of this one.
        var found = wanted < history.FirstBranch
            ? []
            : await ListBranchesAsync(sessionId, agentId, wanted, wanted + 1, limit: 1, cancellationToken).ConfigureAwait(false);
        return found is [var branch] ? branch.Branch : null;
    }

    private static void ThrowIfInvalid(RunRequest? run, string paramName)
    {
        if (run is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(run.Token, $"{paramName}.{nameof(run.Token)}");
            Identifier.ThrowIfIllFormed(run.Token, $"{paramName}.{nameof(run.Token)}");
            ArgumentNullException.ThrowIfNull(run.Owner, $"{paramName}.{nameof(run.Owner)}");
            Identifier.ThrowIfIllFormed(run.Owner, $"{paramName}.{nameof(run.Owner)}");
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(run.Term, TimeSpan.Zero, $"{paramName}.{nameof(run.Term)}");
        }
    }
}
