using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Gives a pipeline persistent sessions: <see cref="ChatOptions.ConversationId"/> is the id of the session.
/// </summary>
internal sealed class SessionChatClient(
    IChatClient innerClient,
    ISessionManagerFactory sessions,
    string agentId,
    SessionChatOptions options,
    TimeProvider timeProvider,
    ILogger logger) : DelegatingChatClient(innerClient)
{
    private readonly SessionRunOptions _runOptions = new(
        options.Window, options.UserMessagesOnly, options.WhenBusy, innerClient.GetService<ChatClientMetadata>()?.ProviderName)
    {
        RequireExisting = options.RequireExisting,
    };

    private readonly SessionManagerOptions? _settings = options.ManagerOptions;
    private readonly bool _allowsUnguardedApprovals = options.AllowUnguardedApprovals;
    private readonly PendingRuns _pendingRuns = new();

    private readonly ConversationTag? _tag = ConversationTag.Create(innerClient);

    // Inside of function invocation a run waits while its tools are invoked; outside of it, all happens in one call.
    private readonly bool _isOutside = innerClient.GetService<FunctionInvokingChatClient>() is not null;

    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return options is { ConversationId: { } sessionId }
            ? RunAsync(sessionId, messages, options, cancellationToken)
            : base.GetResponseAsync(messages, options, cancellationToken);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType == typeof(ISessionManagerFactory) ? sessions : base.GetService(serviceType, serviceKey);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return options is { ConversationId: { } sessionId }
            ? StreamAsync(sessionId, messages, options, cancellationToken)
            : base.GetStreamingResponseAsync(messages, options, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tag?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task<ChatResponse> RunAsync(
        string sessionId,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        CancellationToken cancellationToken)
    {
        var incoming = Read(messages, options);
        var run = GetRun(sessionId, incoming, options);
        var isKept = false;
        try
        {
            var request = await BeginAsync(run, incoming, options, cancellationToken).ConfigureAwait(false);

            ConversationTag.Set(sessionId);
            var call = new ModelCall(timeProvider);
            ChatResponse response;
            // A run that has waited for its tools is in use again, however long the model takes.
            using (run.Enter())
            using (var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Lost))
            {
                try
                {
                    response = await base.GetResponseAsync(request, ToInner(options, run), lost.Token).ConfigureAwait(false);
                }
                catch
                {
                    await InterruptAsync(run, call, []).ConfigureAwait(false);
                    if (!cancellationToken.IsCancellationRequested)
                    {
                        run.ThrowIfLost();
                    }

                    throw;
                }
            }

            isKept = await EndAsync(run, call, response, options, cancellationToken).ConfigureAwait(false);
            response.ConversationId = sessionId;
            return response;
        }
        finally
        {
            if (!isKept)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private SessionRun GetRun(string sessionId, IncomingMessages incoming, ChatOptions options)
    {
        var request = SessionRequest.Find(options.AdditionalProperties);
        var own = request?.Owner is { } owner ? sessions.ForOwner(owner) : sessions;
        if (_pendingRuns.TryTake(new SessionKey(own.Owner, sessionId), incoming.New) is { } pending)
        {
            if (!pending.IsOver)
            {
                return pending;
            }

            // It has waited for too long, and its results are a request of their own by now.
            _ = pending.DisposeAsync().AsTask();
        }

        // Results of tools leave the stored prompt as it is, whatever they come with.
        var systemPrompt = incoming.IsContinuation ? null : incoming.GetSystemPrompt(options.Instructions);
        var agent = SessionRun.CreateAgent(agentId, options, this.GetService<ChatClientMetadata>(), systemPrompt);
        var runOptions = _runOptions.For(request);
        return new SessionRun(own.Create(sessionId, _settings), agent, runOptions, ToolCounting.BetweenModelCalls, timeProvider);
    }

    /// <summary>
    /// Stores an answer, and what else the run has to store when it ends with it.
    /// </summary>
    /// <returns>True when the run goes on with the results of the tools that were called. It is not the caller's then.</returns>
    private async Task<bool> EndAsync(SessionRun run, ModelCall call, ChatResponse response, ChatOptions options, CancellationToken cancellationToken)
    {
        await run.CompleteAsync(call, response, cancellationToken).ConfigureAwait(false);
        if (_pendingRuns.TryKeep(run, response, options.Tools))
        {
            // Function invocation looks for tools in its options once more before it invokes them, and finds these there.
            options.Tools = RecordedFunction.Wrap(options.Tools, context => _pendingRuns.Find(context.CallContent));
            run.Suspend();
            return true;
        }

        await run.EndAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>
    /// Stores what has arrived of an answer that has no end, and what it cost. Never throws.
    /// </summary>
    private async Task InterruptAsync(SessionRun run, ModelCall call, IReadOnlyCollection<ChatResponseUpdate> updates)
    {
        try
        {
            var response = updates.ToChatResponse();
            // A run that has stored nothing but the request has nothing to add to it.
            if (run.HasAnswered || response.Messages.Any(static message => message.Contents.Count > 0))
            {
                await run.InterruptAsync(call, response).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What ended the answer is on its way to the caller, and matters more.
            logger.InterruptedNotStored(run.SessionId, run.AgentId, e.GetType().Name);
        }
    }

    private IncomingMessages Read(IEnumerable<ChatMessage> messages, ChatOptions options)
    {
        // What the caller gave before function invocation stored what its tools returned.
        options.Tools = RecordedFunction.Unwrap(options.Tools);
        ThrowIfNotGuarded(options);

        // What a service goes on with in the background was asked for before, and it knows the question.
        return new IncomingMessages(options.ContinuationToken is null ? messages : [], _runOptions.UserMessagesOnly);
    }

    // Function invocation further out acts on an approval before it comes here: given twice, it would run the tool twice.
    private void ThrowIfNotGuarded(ChatOptions options)
    {
        if (!_isOutside && !_allowsUnguardedApprovals && options.Tools?.FirstOrDefault(PendingRuns.NeedsApproval) is { } tool)
        {
            throw new InvalidOperationException(
                $"The tool '{tool.Name}' needs approval, and this pipeline would run it as often as it is approved, with whatever arguments the approval "
                + "has. Put UseSessionManager before UseFunctionInvocation, where an approval is compared with what was asked for and runs the tool once; or set "
                + $"{nameof(SessionChatOptions)}.{nameof(SessionChatOptions.AllowUnguardedApprovals)}.");
        }
    }

    private async Task<IReadOnlyList<ChatMessage>> BeginAsync(
        SessionRun run, IncomingMessages incoming, ChatOptions options, CancellationToken cancellationToken)
    {
        await run.BeginAsync(incoming, cancellationToken).ConfigureAwait(false);
        if (run.AwaitsApproval && incoming.New.Count == 0 && options.ContinuationToken is null)
        {
            throw new InvalidOperationException(
                "The session waits for an approval, and the request has no messages. Agent Framework drops an approval whose request did not go "
                + "out through the same AgentSession: keep the AgentSession, or set ChatClientAgentOptions.DisableApprovalResponseBinding, as the "
                + "session itself makes sure that what is approved is what was asked for, and runs once.");
        }

        IReadOnlyList<ChatMessage> request = options.ContinuationToken is null ? run.CreateRequest() : [];
        if (_isOutside)
        {
            // Function invocation hands on what it was sent together with the answer.
            run.Send(request);
        }

        return request;
    }

    // A client further in would take the id for a conversation that its service keeps.
    private ChatOptions ToInner(ChatOptions options, SessionRun run)
    {
        var inner = options.Clone();
        inner.ConversationId = null;
        inner.AdditionalProperties?.Remove(SessionRequest.PropertyName);
        if (_isOutside)
        {
            inner.Tools = RecordedFunction.Wrap(inner.Tools, _ => run);
        }

        return inner;
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        string sessionId,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var incoming = Read(messages, options);
        var run = GetRun(sessionId, incoming, options);
        var isKept = false;
        try
        {
            var request = await BeginAsync(run, incoming, options, cancellationToken).ConfigureAwait(false);

            ConversationTag.Set(sessionId);
            var call = new ModelCall(timeProvider);
            var updates = new List<ChatResponseUpdate>();
            var ids = new UpdateIds(run.Ids);
            var isComplete = false;
            using var use = run.Enter();
            using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Lost);
            try
            {
                var stream = base.GetStreamingResponseAsync(request, ToInner(options, run), lost.Token);
                await foreach (var update in stream.ConfigureAwait(false))
                {
                    call.PartReceived();
                    var identified = update.Clone();
                    ids.Identify(identified);
                    updates.Add(identified);
                    yield return CreateCopy(identified, sessionId);
                }

                isComplete = true;
            }
            finally
            {
                // The model has failed, or the consumer has had enough.
                if (!isComplete)
                {
                    await InterruptAsync(run, call, updates).ConfigureAwait(false);
                    if (!cancellationToken.IsCancellationRequested)
                    {
                        run.ThrowIfLost();
                    }
                }
            }

            var response = updates.ToChatResponse();
            response.ContinuationToken = updates is [.., var end] ? end.ContinuationToken : null;
            isKept = await EndAsync(run, call, response, options, cancellationToken).ConfigureAwait(false);
            if (run.LastUpdate is { } last)
            {
                last.ConversationId = sessionId;
                yield return last;
            }
        }
        finally
        {
            if (!isKept)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // The update itself stays as it is, for both sides keep it. Function invocation further out puts requests for approval
    // in place of calls; function invocation further in would take the id for one of the model's own, and rely on it.
    private static ChatResponseUpdate CreateCopy(ChatResponseUpdate update, string sessionId)
    {
        var copy = update.Clone();
        copy.Contents = [.. update.Contents];
        copy.ConversationId = sessionId;
        return copy;
    }
}
