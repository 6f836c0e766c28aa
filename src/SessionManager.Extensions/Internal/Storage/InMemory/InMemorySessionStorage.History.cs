using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

/// <content>Branches and runs, by the updates that a database gets.</content>
internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken)
    {
        var expected = change.Expected;
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (FindAgent(sessionId, expected.Branch.AgentId) is not { History: { } history } agent
            || history.Run?.Token != expected.Run?.Token
            || history.Run?.IsReleased != expected.Run?.IsReleased
            || history.End != expected.End
            || history.NextBranch != expected.NextBranch
            || (change.ExpectedRemovedCount ?? agent.RemovedMessageCount) != agent.RemovedMessageCount
            || (change.OnlyIfExpired && history.Run?.Until > timeProvider.GetUtcNow()))
        {
            return null;
        }

        var session = Get(sessionId);
        var branch = new AgentBranch(agent.AgentId, history.NextBranch, change.Base);
        Apply(HistoryDocument.ToChange(Fields.AgentPath(agent.AgentId), change, branch, Now()), session.Document!);
        Extend(session);
        return branch;
    }

    /// <inheritdoc/>
    protected override async Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (FindAgent(sessionId, agentId)?.History?.Run is not { IsReleased: false } held || held.Token != run.Token)
        {
            return null;
        }

        Apply(RunDocument.ToRenewal(Fields.AgentPath(agentId), run), Get(sessionId).Document!);
        return FindAgent(sessionId, agentId)!.History!.Run;
    }

    /// <inheritdoc/>
    protected override async Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (FindAgent(sessionId, agentId)?.History?.Run is not { IsReleased: false })
        {
            return false;
        }

        Apply(RunDocument.ToStop(Fields.AgentPath(agentId)), Get(sessionId).Document!);
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. (Find(sessionId)?.GetBranches(agentId) ?? [])
                .Select(static messages => messages[^1])
                .Where(last => last.Branch.Number >= fromBranch && (beforeBranch is null || last.Branch.Number < beforeBranch))
                .Take(limit)
                .Select(static last => new HistoryBranch
                {
                    Branch = last.Branch,
                    MessageCount = last.Position + 1,
                    IsCurrent = false,
                    LastMessageAt = DateTimeOffset.FromUnixTimeMilliseconds(last.CreatedAt.MillisecondsSinceEpoch),
                }),
        ];
    }
}
