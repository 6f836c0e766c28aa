using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Runs;

/// <summary>
/// Begins the runs of one agent, and opens its branches: the protocol, over any storage.
/// </summary>
/// <remarks>
/// docs/decisions/0010 has the commands, the rules and the invariants.
/// </remarks>
internal sealed class RunStart(SessionStorage storage, string sessionId, string agentId, AgentQueue queue, RunTerms terms, TimeProvider timeProvider)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(1);

    // By then it is asked, whatever this process's clock says.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Loads the agent with a run of its own, as soon as it can have one.
    /// </summary>
    /// <param name="loadAsync">Loads the agent, adding it where it is new, and begins the run where none goes on.</param>
    /// <param name="whenBusy">What happens where one does.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="SessionBusyException">Another run goes on for longer than may be waited.</exception>
    public async Task<BegunRun> BeginAsync(
        Func<RunRequest, Task<StoredAgentAddition>> loadAsync, WhenBusy whenBusy, CancellationToken cancellationToken)
    {
        var request = terms.CreateRequest();
        using var wait = new BusyWait(whenBusy, queue, timeProvider, cancellationToken);
        await wait.EnterAsync().ConfigureAwait(false);
        while (true)
        {
            wait.Look();
            var confirmedAt = timeProvider.GetTimestamp();
            var loaded = await loadAsync(request).ConfigureAwait(false);
            var run = loaded.History.Run;
            if (run?.Token == request.Token)
            {
                return new BegunRun(loaded, request, confirmedAt);
            }

            if (run is null or { IsReleased: true })
            {
                // It has ended since.
                continue;
            }

            // Whether its time is up the server knows. What it has stored up to now stays; what comes of it later is not seen.
            var end = await storage.GetMessageCountAsync(sessionId, loaded.History.Branch, cancellationToken).ConfigureAwait(false);
            confirmedAt = timeProvider.GetTimestamp();
            var change = new HistoryChange
            {
                Expected = loaded.History,
                OnlyIfExpired = !whenBusy.TakesOver,
                Base = loaded.History.Branch.GetBase(end),
                Run = request,
            };
            if (await storage.TryChangeHistoryAsync(sessionId, change, cancellationToken).ConfigureAwait(false) is { } branch)
            {
                var own = loaded with { History = loaded.History with { Run = run with { Token = request.Token } } };
                return new BegunRun(Cut(own, branch, end), request, confirmedAt);
            }

            if (whenBusy.TakesOver)
            {
                // Somebody has been faster, and may be taken over, too.
                continue;
            }

            await WaitAsync(wait, run, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Gets what was loaded as a branch has it that was opened since: nothing of it that came after its end.
    /// </summary>
    public static StoredAgentAddition Cut(StoredAgentAddition loaded, AgentBranch branch, int end) => loaded with
    {
        History = loaded.History with { Branch = branch, End = end, NextBranch = branch.Number + 1 },
        Messages = [.. loaded.Messages.TakeWhile(message => message.Position < end)],
    };

    /// <summary>
    /// Opens a branch, as soon as no run goes on.
    /// </summary>
    /// <param name="getBaseAsync">Gets what of the history it goes on from, and whether its number of messages; null to leave all as it is.</param>
    /// <param name="whenBusy">What happens where one does.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The current branch.</returns>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    /// <exception cref="AgentNotFoundException">The session has no such agent.</exception>
    /// <exception cref="SessionBusyException">A run goes on for longer than may be waited.</exception>
    public async Task<AgentBranch> ChangeAsync(
        Func<StoredHistory, Task<IReadOnlyList<BranchSegment>?>> getBaseAsync, WhenBusy whenBusy, CancellationToken cancellationToken)
    {
        var request = terms.CreateRequest();
        using var wait = new BusyWait(whenBusy, queue, timeProvider, cancellationToken);
        await wait.EnterAsync().ConfigureAwait(false);
        while (true)
        {
            wait.Look();
            var agent = await storage.GetAgentAsync(sessionId, agentId, cancellationToken).ConfigureAwait(false);
            if (agent?.History is not { } history)
            {
                throw await MissingAgent.FindCauseAsync(storage, sessionId, agentId, cancellationToken).ConfigureAwait(false);
            }

            if (history.Run?.Token == request.Token)
            {
                // The answer was lost, and it was done.
                return history.Branch;
            }

            var isBusy = history.Run is { IsReleased: false };
            var takesOver = whenBusy.TakesOver || whenBusy.Interleaves;
            if (await getBaseAsync(history).ConfigureAwait(false) is not { } segments)
            {
                return history.Branch;
            }

            var change = new HistoryChange
            {
                Expected = history,
                ExpectedRemovedCount = agent.RemovedMessageCount,
                OnlyIfExpired = isBusy && !takesOver,
                Base = segments,
                Run = request,
                IsReleased = true,
                ClearsGeneratedTitle = ClearsTitle(history, segments),
                ClearsConversationManagerState = segments is [.., var last] ? agent.RemovedMessageCount > last.End : agent.ConversationManagerState is { Count: > 0 },
            };
            if (await storage.TryChangeHistoryAsync(sessionId, change, cancellationToken).ConfigureAwait(false) is { } branch)
            {
                return branch;
            }

            // Somebody has been faster, or the run goes on.
            if (change.OnlyIfExpired)
            {
                await WaitAsync(wait, history.Run!, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Tells whether a branch lacks messages that a model's title may tell of.
    /// </summary>
    public static bool ClearsTitle(StoredHistory history, IReadOnlyList<BranchSegment> segments) =>
        (segments is [.., var last] ? last.End : 0) < Math.Min(history.End, TitleText.MaxMessages);

    private bool IsExpired(StoredRun run) => timeProvider.GetUtcNow() > run.Until;

    private async Task WaitAsync(BusyWait wait, StoredRun run, CancellationToken cancellationToken)
    {
        var attempt = timeProvider.GetTimestamp();
        for (var poll = FirstPoll; ; poll = poll * 2 < LongestPoll ? poll * 2 : LongestPoll)
        {
            if (!await wait.WaitAsync(poll).ConfigureAwait(false))
            {
                throw new SessionBusyException(sessionId, agentId, run.Since, run.Until);
            }

            // Not by trying: a run that goes on is only looked at.
            wait.Look();
            var agent = await storage.GetAgentAsync(sessionId, agentId, cancellationToken).ConfigureAwait(false);
            var sinceAttempt = timeProvider.GetElapsedTime(attempt);
            if (agent?.History?.Run is not { IsReleased: false } other || sinceAttempt > LongestWait || (sinceAttempt > LongestPoll && IsExpired(other)))
            {
                return;
            }

            run = other;
        }
    }
}
