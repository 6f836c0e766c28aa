using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Runs;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    /// <inheritdoc/>
    public Task<ISessionRun> StartRunAsync(
        ISessionAgent agent,
        AgentInitializationOptions? options = null,
        WhenBusy? whenBusy = null,
        CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agent);
        options ??= DefaultInitialization;
        whenBusy ??= WhenBusy.Default;
        HistoryLoader.ThrowIfInvalid(options);
        if (whenBusy.Interleaves)
        {
            throw new ArgumentException($"{whenBusy} is no run. Call {nameof(InitializeAsync)} to go without one.", nameof(whenBusy));
        }

        ThrowIfInRun(agent.AgentId);

        // Here, and not in the method that is asynchronous: the caller's flow belongs to the run from now on.
        var part = RunFlow.Join();
        return StartRunAsync(agent, options, whenBusy, part, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> RequestStopAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return storage.TryStopRunAsync(_id, agentId, cancellationToken);
    }

    private async Task<ISessionRun> StartRunAsync(
        ISessionAgent agent, AgentInitializationOptions options, WhenBusy whenBusy, RunFlow.Part part, CancellationToken cancellationToken)
    {
        var tracker = GetTracker(agent);
        HeldRun? run = null;
        try
        {
            using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
            {
                if (tracker.Run is { IsLeft: false })
                {
                    throw ToBusy(agent.AgentId);
                }

                var load = tracker.Position.BeginLoad();
                var own = new OwnAgent(agent);
                var begun = await CreateStart(agent.AgentId, tracker.Position.Queue)
                    .BeginAsync(request => GetOrAddAsync(own, options, request, cancellationToken), whenBusy, cancellationToken)
                    .ConfigureAwait(false);
                tracker.ForgetEnd();
                tracker.Run = run = CreateRun(begun, agent, tracker);
                var loaded = options.RewindTo is { } end ? await RewindAsync(run, begun.Loaded, end, cancellationToken).ConfigureAwait(false) : begun.Loaded;
                run.Initialization = await LoadAsync(own, options, tracker, loaded, load, cancellationToken).ConfigureAwait(false);
                if (tracker.KnownEnd is null)
                {
                    tracker.SetEnd(await storage.GetMessageCountAsync(_id, run.Branch, cancellationToken).ConfigureAwait(false));
                }
            }
        }
        catch when (run is not null)
        {
            // The next one may go on at once.
            await run.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        part.Run = run;
        return run;
    }

    private HeldRun CreateRun(BegunRun begun, ISessionAgent agent, AgentTracker tracker) =>
        new(
            storage,
            _id,
            begun.Loaded.History.Branch,
            begun.Request,
            terms,
            begun.ConfirmedAt,
            (run, token) => CompleteAsync(run, agent, tracker, token),
            (run, token) => ReleaseAsync(run, tracker, token),
            timeProvider,
            logger)
        {
            VouchedEnd = begun.Loaded.History.End,
        };

    /// <summary>
    /// Goes back to an earlier message within a run that has just begun.
    /// </summary>
    private async Task<StoredAgentAddition> RewindAsync(HeldRun run, StoredAgentAddition loaded, int end, CancellationToken cancellationToken)
    {
        var agent = loaded.ExistingAgent;
        var history = loaded.History;
        while (true)
        {
            var count = await storage.GetMessageCountAsync(_id, history.Branch, cancellationToken).ConfigureAwait(false);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(end, count, nameof(AgentInitializationOptions.RewindTo));
            if (end == count)
            {
                return loaded with { History = history };
            }

            var change = new HistoryChange
            {
                Expected = history,
                ExpectedRemovedCount = agent!.RemovedMessageCount,
                Base = history.Branch.GetBase(end),
                Run = run.Request,
                ClearsGeneratedTitle = RunStart.ClearsTitle(history, history.Branch.GetBase(end)),
                ClearsConversationManagerState = agent.RemovedMessageCount > end,
            };
            var branch = await storage.TryChangeHistoryAsync(_id, change, cancellationToken).ConfigureAwait(false);
            if (branch is null)
            {
                // Another agent of the session has opened a branch, and taken the number; or the run is another one's by now.
                agent = await storage.GetAgentAsync(_id, run.AgentId, cancellationToken).ConfigureAwait(false);
                history = agent?.History is { } current && current.Run?.Token == run.Request.Token ? current : throw new SessionRunLostException(_id, run.Branch);
                if (history.Branch.Number == run.Branch.Number)
                {
                    continue;
                }

                // The answer was lost, and it was done.
                branch = history.Branch;
            }

            (run.Branch, run.VouchedEnd) = (branch, end);
            var rewound = loaded with
            {
                ExistingAgent = change.ClearsConversationManagerState ? agent with { ConversationManagerState = [] } : agent,
                History = history,
            };
            return RunStart.Cut(rewound, branch, end);
        }
    }

    /// <summary>
    /// Stores what has changed in an agent, and ends its run.
    /// </summary>
    private async Task CompleteAsync(HeldRun run, ISessionAgent agent, AgentTracker tracker, CancellationToken cancellationToken)
    {
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            if (run.IsEnded)
            {
                return;
            }

            var changes = tracker.GetChanges(agent)
                ?? new AgentChanges(tracker.GetEnd(), agent.GetMetrics(), TurnPosition: -1, TurnMetrics: null);
            await StoreAsync(changes, tracker, run.CreateEnd(tracker.KnownEnd), cancellationToken).ConfigureAwait(false);
            End(run, tracker);
            logger.AgentSynced(key.SessionId, agent.AgentId, changed: true);
        }
    }

    /// <summary>
    /// Ends a run without storing anything else.
    /// </summary>
    private async Task ReleaseAsync(HeldRun run, AgentTracker tracker, CancellationToken cancellationToken)
    {
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!run.IsEnded && run.MayBeReleased)
            {
                var update = tracker.GetEnd();
                await storage.UpdateAgentAsync(_id, update, run.CreateEnd(tracker.KnownEnd), cancellationToken).ConfigureAwait(false);
                End(run, tracker);
            }
        }
    }

    private static void End(HeldRun run, AgentTracker tracker)
    {
        run.End();
        if (tracker.Run == run)
        {
            tracker.Run = null;
        }

        tracker.Position.Queue.RunEnded();
    }

    private RunStart CreateStart(string agentId, AgentQueue queue) => new(storage, _id, agentId, queue, terms, timeProvider);

    /// <exception cref="SessionBusyException">This flow of control is a part of a run of the agent, and would wait for itself.</exception>
    private void ThrowIfInRun(string agentId)
    {
        if (RunFlow.Find(storage, _id, agentId) is not null)
        {
            throw ToBusy(agentId);
        }
    }

    private SessionBusyException ToBusy(string agentId)
    {
        var now = timeProvider.GetUtcNow();
        return new SessionBusyException(_id, agentId, now, now + terms.Term);
    }
}
