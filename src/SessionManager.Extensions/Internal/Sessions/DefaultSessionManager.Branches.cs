using System.Collections.ObjectModel;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    // Most turns have fewer messages.
    private const int TurnPage = 64;

    private static readonly ReadOnlyDictionary<string, int> NoCounts = ReadOnlyDictionary<string, int>.Empty;

    /// <inheritdoc/>
    public Task<AgentBranch> RewindAsync(string agentId, int position, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return ChangeAsync(
            agentId,
            async history =>
            {
                var count = await storage.GetMessageCountAsync(_id, history.Branch, cancellationToken).ConfigureAwait(false);
                ArgumentOutOfRangeException.ThrowIfGreaterThan(position, count);
                return position == count ? null : history.Branch.GetBase(position);
            },
            whenBusy,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AgentBranch> UndoLastTurnAsync(string agentId, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return ChangeAsync(
            agentId,
            async history => await FindTurnStartAsync(history.Branch, cancellationToken).ConfigureAwait(false) is { } start ? history.Branch.GetBase(start) : null,
            whenBusy,
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AgentBranch> ClearAsync(string agentId, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return ChangeAsync(agentId, static _ => Task.FromResult<IReadOnlyList<BranchSegment>?>([]), whenBusy, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<AgentBranch> SwitchBranchAsync(string agentId, int branch, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentOutOfRangeException.ThrowIfNegative(branch);
        return ChangeAsync(
            agentId,
            async history =>
            {
                if (branch == history.Branch.Number)
                {
                    return null;
                }

                var found = branch < history.FirstBranch
                    ? []
                    : await storage.ListBranchesAsync(_id, agentId, branch, branch + 1, limit: 1, cancellationToken).ConfigureAwait(false);
                return found is [var other]
                    ? other.Branch.GetBase(other.MessageCount)
                    : throw new ArgumentException($"Agent {LogText.Escape(agentId)} has no branch {branch} with messages.", nameof(branch));
            },
            whenBusy,
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(
        string agentId, int? beforeBranch = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentOutOfRangeException.ThrowIfNegative(beforeBranch ?? 0, nameof(beforeBranch));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);

        var agent = await storage.GetAgentAsync(_id, agentId, cancellationToken).ConfigureAwait(false);
        if (agent?.History is not { } history)
        {
            return [];
        }

        var branches = await storage.ListBranchesAsync(_id, agentId, history.FirstBranch, beforeBranch, limit, cancellationToken).ConfigureAwait(false);
        var current = history.Branch;
        if (branches.Any(branch => branch.Branch.Number == current.Number))
        {
            return [.. branches.Select(branch => branch.Branch.Number == current.Number ? branch with { IsCurrent = true } : branch)];
        }

        // It is the newest one, and has no message yet; or it stands further on.
        return beforeBranch <= current.Number || branches is [{ Branch.Number: var newest }, ..] && newest > current.Number
            ? branches
            : [new HistoryBranch { Branch = current, MessageCount = current.Start, IsCurrent = true }, .. branches.Take(limit - 1)];
    }

    /// <inheritdoc/>
    public Task<bool> ForkAsync(string targetSessionId, IReadOnlyDictionary<string, int>? messageCounts = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        Identifier.ThrowIfInvalid(targetSessionId, nameof(targetSessionId));
        return targetSessionId == SessionId
            ? throw new ArgumentException("It is the id of the session itself.", nameof(targetSessionId))
            : storage.ForkSessionAsync(_id, new SessionKey(Owner, targetSessionId).ToString(), applicationName, messageCounts ?? NoCounts, cancellationToken);
    }

    private async Task<AgentBranch> ChangeAsync(
        string agentId,
        Func<StoredHistory, Task<IReadOnlyList<BranchSegment>?>> getBaseAsync,
        WhenBusy? whenBusy,
        CancellationToken cancellationToken)
    {
        // A flow that waits for its own run would do so for ever.
        ThrowIfInRun(agentId);
        var queue = positions.Get(storage, _id, agentId).Queue;
        var branch = await CreateStart(agentId, queue).ChangeAsync(getBaseAsync, whenBusy ?? WhenBusy.Default, cancellationToken).ConfigureAwait(false);

        // This session manager knows that what it had loaded is no longer the history.
        if (_trackers?.TryGetValue(agentId, out var tracker) == true && tracker.Branch?.Number != branch.Number)
        {
            using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
            {
                tracker.Leave();
            }
        }

        return branch;
    }

    /// <summary>
    /// Finds the latest message that begins a turn.
    /// </summary>
    private async Task<int?> FindTurnStartAsync(AgentBranch branch, CancellationToken cancellationToken)
    {
        int? before = null;
        while (true)
        {
            var query = new MessageQuery { BeforePosition = before, Limit = TurnPage, NewestFirst = true };
            var page = await storage.ListMessagesAsync(_id, branch, query, cancellationToken).ConfigureAwait(false);
            if (page.FirstOrDefault(static message => MessageKey.BeginsTurn(message.EffectiveMessage)) is { } start)
            {
                return start.Position;
            }

            if (page.Count < TurnPage)
            {
                return null;
            }

            before = page[^1].Position;
        }
    }
}
