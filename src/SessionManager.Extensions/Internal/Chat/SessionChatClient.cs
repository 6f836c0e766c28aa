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
    private readonly HistoryWindow? _window = options.Window;
    private readonly SessionManagerOptions? _settings = options.ManagerOptions;
    private readonly PendingRuns _pendingRuns = new();

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

    private async Task<ChatResponse> RunAsync(
        string sessionId,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        CancellationToken cancellationToken)
    {
        var incoming = new IncomingMessages(messages);
        var run = GetRun(sessionId, incoming, options);
        var isKept = false;
        try
        {
            await run.BeginAsync(incoming, cancellationToken).ConfigureAwait(false);

            var call = new ModelCall(timeProvider);
            ChatResponse response;
            try
            {
                response = await base.GetResponseAsync(run.CreateRequest(), ToInner(options), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await InterruptAsync(run, call, []).ConfigureAwait(false);
                throw;
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
        if (_pendingRuns.TryTake(sessionId, incoming.New) is { } run)
        {
            return run;
        }

        // Results of tools leave the stored prompt as it is, whatever they come with.
        var systemPrompt = incoming.IsContinuation ? null : incoming.GetSystemPrompt(options.Instructions);
        var agent = SessionRun.CreateAgent(agentId, options, this.GetService<ChatClientMetadata>(), systemPrompt);
        return new SessionRun(sessions.Create(sessionId, _settings), agent, _window, ToolCounting.BetweenModelCalls, timeProvider);
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

    // A client further in would take the id for a conversation that its service keeps.
    private static ChatOptions ToInner(ChatOptions options)
    {
        var inner = options.Clone();
        inner.ConversationId = null;
        return inner;
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        string sessionId,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var incoming = new IncomingMessages(messages);
        var run = GetRun(sessionId, incoming, options);
        var isKept = false;
        try
        {
            await run.BeginAsync(incoming, cancellationToken).ConfigureAwait(false);

            var call = new ModelCall(timeProvider);
            var updates = new List<ChatResponseUpdate>();
            var isComplete = false;
            try
            {
                var stream = base.GetStreamingResponseAsync(run.CreateRequest(), ToInner(options), cancellationToken);
                await foreach (var update in stream.ConfigureAwait(false))
                {
                    call.PartReceived();
                    updates.Add(update);
                    yield return CreateCopy(update, sessionId);
                }

                isComplete = true;
            }
            finally
            {
                // The model has failed, or the consumer has had enough.
                if (!isComplete)
                {
                    await InterruptAsync(run, call, updates).ConfigureAwait(false);
                }
            }

            isKept = await EndAsync(run, call, updates.ToChatResponse(), options, cancellationToken).ConfigureAwait(false);
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
