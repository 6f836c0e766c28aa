using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <content>Where other runs of the agent are kept away: from the load to the end.</content>
internal sealed partial class SessionRun
{
    // Null before the load, and for a run that goes on beside others.
    private ISessionRun? _lease;

    /// <summary>
    /// Gets a token that is cancelled when the run must not go on: it was taken over, or is asked to stop.
    /// </summary>
    public CancellationToken Lost => _lease?.Lost ?? CancellationToken.None;

    /// <summary>
    /// Gets a value indicating whether others may have gone on with the agent since the run began.
    /// </summary>
    public bool IsOver => _lease is { IsEnded: true };

    /// <summary>
    /// Fails where the run is known to be taken over, or is asked to stop: nothing may be asked of a model any more.
    /// </summary>
    /// <exception cref="SessionRunLostException">It was taken over.</exception>
    /// <exception cref="OperationCanceledException">It is asked to stop.</exception>
    public void ThrowIfLost()
    {
        if (_lease is { Lost.IsCancellationRequested: true } lease)
        {
            throw lease.IsStopRequested
                ? new OperationCanceledException("Somebody has asked this run to stop.", lease.Lost)
                : new SessionRunLostException(lease.SessionId, lease.Branch);
        }
    }

    /// <summary>
    /// Marks what follows in this flow of control as a part of the run, until the result is disposed.
    /// </summary>
    public IDisposable? Enter() => _lease?.Enter();

    /// <summary>
    /// Lets the run wait for results that may never come.
    /// </summary>
    public void Suspend() => _lease?.Suspend();

    /// <summary>
    /// Stores what the messages of the run have not taken with them.
    /// </summary>
    public Task EndAsync(CancellationToken cancellationToken)
    {
        if (_lease is { IsEnded: false })
        {
            return _lease.CompleteAsync(cancellationToken);
        }

        // An agent that this run has added is stored as it is, to the moment.
        var isStored = _initialization is { IsNewAgent: true } && !_hasUnstoredMetrics
            && agent.Model == _givenModel && agent.ConversationManagerState.Count == 0;
        return isStored ? Task.CompletedTask : manager.SyncAgentAsync(agent, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_lease is not null)
        {
            await _lease.DisposeAsync().ConfigureAwait(false);
        }

        await manager.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ChatMessage>> LoadAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        var initialization = new AgentInitializationOptions
        {
            NewMessages = messages,
            Window = options.Window,
            UserMessagesOnly = options.UserMessagesOnly,
            RequireExisting = options.RequireExisting,
            RewindTo = options.RewindTo,
        };
        if (options.WhenBusy.Interleaves)
        {
            _initialization = await manager.InitializeAsync(agent, initialization, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _lease = await manager.StartRunAsync(agent, initialization, options.WhenBusy, cancellationToken).ConfigureAwait(false);
            _initialization = _lease.Initialization;
        }

        _isAskedAgain = _initialization.IsAskedAgain;
        Send(agent.Messages);
        return _initialization.NewMessages;
    }
}
