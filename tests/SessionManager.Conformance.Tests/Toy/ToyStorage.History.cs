namespace SessionManager.Conformance.Toy;

/// <content>Branches and runs. Each is one condition and one change, under the lock.</content>
public sealed partial class ToyStorage
{
    protected override async Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var expected = change.Expected;
        if (FindAgent(sessionId, expected.Branch.AgentId) is not { History: { } history } agent
            || history.Run?.Token != expected.Run?.Token
            || history.Run?.IsReleased != expected.Run?.IsReleased
            || history.End != expected.End
            || history.NextBranch != expected.NextBranch
            || (change.ExpectedRemovedCount is { } removed && agent.RemovedMessageCount != removed)
            || (change.OnlyIfExpired && history.Run?.Until > clock.GetUtcNow()))
        {
            return null;
        }

        var session = Get(sessionId);
        var branch = new AgentBranch(agent.AgentId, session.NextBranch++, change.Base);
        SetHistory(sessionId, new StoredHistory
        {
            Branch = branch,
            Redaction = history.Redaction,
            End = branch.Start,
            Run = Begin(change.Run) with { IsReleased = change.IsReleased },
            NextBranch = session.NextBranch,
            FirstBranch = session.FirstBranch,
        });
        ClearGeneratedTitle(session, change.ClearsGeneratedTitle);
        var index = session.Agents.FindIndex(stored => stored.AgentId == agent.AgentId);
        session.Agents[index] = session.Agents[index] with { Shown = (agent.Shown ?? new()) with { MessageCount = branch.Start, Preview = null } };
        if (change.ClearsConversationManagerState)
        {
            session.Agents[index] = session.Agents[index] with { ConversationManagerState = [] };
        }

        Touch(sessionId);
        return branch;
    }

    protected override async Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        if (FindAgent(sessionId, agentId)?.History is not { Run: { IsReleased: false } held } history || held.Token != run.Token)
        {
            return null;
        }

        var renewed = held with { RenewedAt = clock.GetUtcNow(), Term = run.Term };
        SetHistory(sessionId, history with { Run = renewed });
        return renewed;
    }

    protected override async Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        if (FindAgent(sessionId, agentId)?.History is not { Run: { IsReleased: false } held } history)
        {
            return false;
        }

        SetHistory(sessionId, history with { Run = held with { IsStopRequested = true } });
        return true;
    }

    protected override Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<HistoryBranch>>(
            () => [.. (Find(sessionId)?.Branches.Values ?? (IEnumerable<(AgentBranch Branch, List<SessionMessage> Messages)>)[])
                .Where(entry => entry.Branch.AgentId == agentId && entry.Messages.Count > 0
                    && entry.Branch.Number >= fromBranch && (beforeBranch is null || entry.Branch.Number < beforeBranch))
                .OrderByDescending(entry => entry.Branch.Number)
                .Take(limit)
                .Select(entry => new HistoryBranch
                {
                    Branch = entry.Branch,
                    MessageCount = entry.Messages[^1].Position + 1,
                    IsCurrent = false,
                    LastMessageAt = entry.Messages[^1].CreatedAt,
                })],
            cancellationToken);

    private StoredRun Begin(RunRequest run) => new()
    {
        Token = run.Token,
        Owner = run.Owner,
        Since = clock.GetUtcNow(),
        RenewedAt = clock.GetUtcNow(),
        Term = run.Term,
        IsReleased = false,
    };

    private static StoredHistory End(StoredHistory history, HistoryFence? fence) => fence switch
    {
        { ReleasedEnd: { } end } => history with { End = end, Run = history.Run! with { IsReleased = true } },
        { Abandons: true } => history with { Run = history.Run! with { Term = TimeSpan.Zero } },
        _ => history,
    };

    private void SetHistory(string sessionId, StoredHistory history)
    {
        var agents = Get(sessionId).Agents;
        var index = agents.FindIndex(agent => agent.AgentId == history.Branch.AgentId);
        agents[index] = agents[index] with { History = history };
    }
}
