using System.Diagnostics;

namespace SessionManager.Internal.Storage.Mongo.Sharing;

/// <summary>
/// Sends what calls have for the server, those that come while others are on their way together in one command.
/// </summary>
/// <remarks>
/// There is neither a timer nor a thread. A call that finds nothing waiting goes at once, by itself, as long as the server
/// answers as fast as it does when little is on its way. From there on, what comes in the meantime goes when a command ends, or as
/// soon as it is worth a command of its own. So the busier the server, the more calls share a command. Each ends, fails and is
/// cancelled alone.
/// </remarks>
/// <typeparam name="TCall">What a call sends.</typeparam>
/// <typeparam name="TOutcome">What becomes of it.</typeparam>
internal abstract class CommandSharer<TCall, TOutcome>(int maxConnections, TimeProvider timeProvider)
{
    // However busy the server is: while it works on one command, the next one is made and sent.
    internal const int MaxCommands = 2;

    // Fewer calls are not worth a second command.
    internal const int MinShare = 8;

    // Larger commands gain nothing, but delay everything in them.
    internal const int MaxStatements = 256;
    internal const int MaxBytes = 4 * 1024 * 1024;

    // What takes longer to transfer than a command costs does not travel with others.
    private const int MaxSharedBytes = 256 * 1024;

    private readonly CommandLimit _limit = new(MaxCommands, MinShare, maxConnections, timeProvider);
    private readonly Lock _lock = new();
    private readonly LinkedList<PendingCall<TCall, TOutcome>> _waiting = new();
    private int _commands;
    private int _calls;
    private int _share = MinShare;

    // As long as all on their way are of single calls, none waits. Else a second command waits for its share, or for the end of
    // the first.
    private bool CanSend => _commands < MaxCommands && (_calls == _commands || _waiting.Count >= _share);

    // More than that only where the server is known to take it.
    private bool HasRoom => _limit.Value > MaxCommands && _commands < _limit.Value;

    /// <summary>
    /// Sends a call, and ends when the server has said what became of it.
    /// </summary>
    public Task<TOutcome> SendAsync(TCall call, CancellationToken cancellationToken)
    {
        // Not counted among the commands either: it would make the small ones wait for its transfer.
        if (GoesAlone(call))
        {
            return SendAloneAsync(call, cancellationToken);
        }

        PendingCall<TCall, TOutcome>? pending = null;
        List<PendingCall<TCall, TOutcome>>? group = null;
        lock (_lock)
        {
            if (_waiting.Count == 0 && (HasRoom || CanSend))
            {
                // Nothing to share with: it goes in the caller's own flow, with its trace and its token.
                Count(commands: 1, calls: 1);
            }
            else
            {
                pending = new PendingCall<TCall, TOutcome>(call, cancellationToken);
                _waiting.AddLast(pending.Node);
                _limit.Waits();
                // This call may be the one that completes a share.
                group = CanSend ? TakeGroup() : null;
            }
        }

        if (group is not null)
        {
            Start(group);
        }

        return pending is null ? SendFirstAsync(call, cancellationToken)
            : cancellationToken.CanBeCanceled ? WaitAsync(pending)
            : pending.Task;
    }

    /// <summary>
    /// Sends a call that shares no command with others.
    /// </summary>
    public abstract Task<TOutcome> SendAloneAsync(TCall call, CancellationToken cancellationToken);

    /// <summary>
    /// Sends several calls with one command, and ends each of them. Throws nothing: what is wrong with the command is returned.
    /// </summary>
    /// <remarks>Calls <see cref="Answered"/> when the server has answered, before any call ends.</remarks>
    protected abstract Task<Exception?> SendTogetherAsync(List<PendingCall<TCall, TOutcome>> group);

    /// <summary>
    /// Gets how many documents or statements of a command a call is.
    /// </summary>
    protected abstract int GetStatements(TCall call);

    /// <summary>
    /// Gets about how many bytes a call is.
    /// </summary>
    protected abstract long GetBytes(TCall call);

    /// <summary>
    /// Tells whether a call is to share no command with others, however many there are: a large one.
    /// </summary>
    protected virtual bool GoesAlone(TCall call) => GetBytes(call) > MaxSharedBytes || GetStatements(call) > MaxStatements;

    /// <summary>
    /// Tells whether two calls can go with one command.
    /// </summary>
    protected abstract bool CanShare(TCall first, TCall other);

    /// <summary>
    /// Notes that the server has answered a command.
    /// </summary>
    /// <param name="start">When it was sent.</param>
    /// <param name="statements">How many statements it had; zero where the answer tells nothing of the server.</param>
    protected void Answered(long start, int statements)
    {
        var latency = timeProvider.GetElapsedTime(start);
        lock (_lock)
        {
            if (statements > 0)
            {
                _limit.Observe(latency, statements);
            }

            // As many calls as there are now are to share the next commands, however their callers return.
            var commands = Math.Max(MaxCommands, _limit.Value);
            _share = Math.Max(MinShare, (_waiting.Count + _calls + commands - 1) / commands);
        }
    }

    protected long GetTimestamp() => timeProvider.GetTimestamp();

    private async Task<TOutcome> SendFirstAsync(TCall call, CancellationToken cancellationToken)
    {
        var start = GetTimestamp();
        var statements = 0;
        var isServerAway = false;
        try
        {
            var outcome = await SendAloneAsync(call, cancellationToken).ConfigureAwait(false);
            statements = GetStatements(call);
            return outcome;
        }
        catch (TimeoutException)
        {
            isServerAway = true;
            throw;
        }
        finally
        {
            Answered(start, statements);

            // Elsewhere: making a command takes time, and this caller's own is done.
            if (TakeNext(sentCalls: 1, isServerAway) is { } group)
            {
                Start(group);
            }
        }
    }

    private async Task<TOutcome> WaitAsync(PendingCall<TCall, TOutcome> pending)
    {
        using (pending.CancellationToken.UnsafeRegister(
            static (state, _) =>
            {
                var (sharer, pending) = ((CommandSharer<TCall, TOutcome>, PendingCall<TCall, TOutcome>))state!;
                sharer.Cancel(pending);
            },
            (this, pending)))
        {
            return await pending.Task.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Ends a call's wait. Where it is on its way with others, the command goes on for them.
    /// </summary>
    private void Cancel(PendingCall<TCall, TOutcome> pending)
    {
        lock (_lock)
        {
            if (pending.Node.List is not null)
            {
                _waiting.Remove(pending.Node);
            }
        }

        pending.TrySetCanceled(pending.CancellationToken);
    }

    private async Task SendGroupsAsync(List<PendingCall<TCall, TOutcome>> first)
    {
        for (var group = first; group is not null;)
        {
            var sent = group.Count;
            var error = group is [var single]
                ? await SendSingleAsync(single).ConfigureAwait(false)
                : await SendTogetherAsync(group).ConfigureAwait(false);

            // Continuations of the outcomes just set run first: what they send at once goes with the next command too, instead
            // of one call by itself and the others behind it.
            await Task.Yield();
            group = TakeNext(sent, isServerAway: error is TimeoutException);
        }
    }

    private async Task<Exception?> SendSingleAsync(PendingCall<TCall, TOutcome> pending)
    {
        // Awaited without throwing: whatever the outcome is, it is the caller's, and the loop goes on with what waits.
        var start = GetTimestamp();
        var task = SendAloneAsync(pending.Call, pending.CancellationToken);
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Answered(start, task.IsCompletedSuccessfully ? GetStatements(pending.Call) : 0);
        pending.TrySetFromTask(task);
        return task.Exception?.InnerException;
    }

    /// <summary>
    /// Notes that a command has ended, and takes what has come in the meantime, if anything, for the caller to send.
    /// </summary>
    /// <param name="sentCalls">How many calls the command was for.</param>
    /// <param name="isServerAway">
    /// Whether it ended by a time-out. Then all go, each to meet its own: one after the other they would wait for many.
    /// </param>
    private List<PendingCall<TCall, TOutcome>>? TakeNext(int sentCalls, bool isServerAway)
    {
        List<PendingCall<TCall, TOutcome>>? next = null;
        lock (_lock)
        {
            Count(commands: -1, -sentCalls);
            while (_waiting.Count > 0 && (HasRoom || CanSend || isServerAway))
            {
                if (next is not null)
                {
                    Start(next);
                }

                // One is sent by the caller of this method, further ones at the same time.
                next = TakeGroup();
            }
        }

        return next;
    }

    private void Count(int commands, int calls)
    {
        _commands += commands;
        _calls += calls;
    }

    // Without the caller's context: the command belongs to several calls, and so to the trace of none.
    private void Start(List<PendingCall<TCall, TOutcome>> group) => ThreadPool.UnsafeQueueUserWorkItem(
        static state => _ = state.Sharer.SendGroupsAsync(state.Group),
        (Sharer: this, Group: group),
        preferLocal: false);

    /// <summary>
    /// Takes the calls of the next command: a fair share of all, so that the commands stay of one size. Whoever is first decides which
    /// kind of them goes.
    /// </summary>
    private List<PendingCall<TCall, TOutcome>> TakeGroup()
    {
        Debug.Assert(_waiting.Count > 0, "There is nothing to take.");
        var count = Math.Min(_share, _waiting.Count);
        var group = new List<PendingCall<TCall, TOutcome>>(count);
        var (statements, bytes) = (0, 0L);
        var first = _waiting.First!.Value.Call;
        for (var node = _waiting.First; node is not null && group.Count < count;)
        {
            var (current, pending) = (node, node.Value);
            node = node.Next;
            if (!CanShare(first, pending.Call))
            {
                continue;
            }

            statements += GetStatements(pending.Call);
            bytes += GetBytes(pending.Call);
            // Another one would exceed the bound; it begins the next group.
            if ((bytes > MaxBytes || statements > MaxStatements) && group.Count > 0)
            {
                break;
            }

            _waiting.Remove(current);
            group.Add(pending);
        }

        Count(commands: 1, group.Count);
        return group;
    }
}
