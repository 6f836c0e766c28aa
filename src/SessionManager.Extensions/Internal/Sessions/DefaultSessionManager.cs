using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.History;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Runs;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Titles;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// The session manager, over any storage.
/// </summary>
internal sealed partial class DefaultSessionManager(
    SessionKey key,
    SessionStorage storage,
    string? applicationName,
    SessionHooks? hooks,
    AgentPositions positions,
    RunTerms terms,
    HistoryMetrics metrics,
    TitleQueue? titles,
    TimeProvider timeProvider,
    ILogger logger) : ISessionManager
{
    private static readonly RedactionDetails Blocked = new();

    // The session's in the storage.
    private readonly string _id = key.ToString();

    private ConcurrentDictionary<string, AgentTracker>? _trackers;
    private volatile bool _disposed;

    /// <inheritdoc/>
    public string SessionId => key.SessionId;

    /// <inheritdoc/>
    public SessionOwner Owner => key.Owner;

    /// <inheritdoc/>
    public async Task<string?> GetApplicationNameAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        var session = await storage.GetSessionAsync(_id, cancellationToken).ConfigureAwait(false);
        return session?.ApplicationName;
    }

    /// <inheritdoc/>
    public Task<SessionInfo?> GetSessionAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.GetSessionAsync(_id, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task SetTitleAsync(string? title, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        if (!await storage.SetTitleAsync(_id, title, source: null, cancellationToken).ConfigureAwait(false))
        {
            throw new SessionNotFoundException(_id);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return hooks?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Feedback?> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        ThrowIfDisposed();
        if (feedback.MessageId is { } id && MessageIds.GetPosition(id) is { } position)
        {
            // The id stands for a position: the message was stored without one.
            feedback = feedback with { Position = feedback.Position ?? position, MessageId = null };
        }

        if (hooks is not { Feedback: { IsEmpty: false } chain })
        {
            return Writer.AddFeedbackAsync(feedback, cancellationToken)!;
        }

        var context = new FeedbackHookContext
        {
            Action = FeedbackAction.Add,
            Session = this,
            Feedback = feedback,
            CancellationToken = cancellationToken,
        };
        return FeedbackOperation.RunAsync(chain, context, Writer);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteFeedbackAsync(string feedbackId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(feedbackId);
        ThrowIfDisposed();
        if (hooks is not { Feedback: { IsEmpty: false } chain })
        {
            return await Writer.DeleteFeedbackAsync(feedbackId, cancellationToken).ConfigureAwait(false);
        }

        var context = new FeedbackHookContext
        {
            Action = FeedbackAction.Delete,
            Session = this,
            Feedback = new Feedback { Id = feedbackId },
            CancellationToken = cancellationToken,
        };
        return await FeedbackOperation.RunAsync(chain, context, Writer).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    public Task<FeedbackPage> ListFeedbacksAsync(FeedbackQuery query, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.ListFeedbacksAsync(_id, query, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.GetFeedbacksAsync(_id, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> CreateSessionAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.CreateSessionAsync(_id, applicationName, metadata: null, revivesDeleted: true, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> CreateSessionAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ThrowIfDisposed();
        return metadata.Count > 0 && hooks is { Metadata: { IsEmpty: false } chain }
            ? CreateAsync(chain, metadata, cancellationToken)
            : storage.CreateSessionAsync(_id, applicationName, metadata, revivesDeleted: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<bool> SessionExistsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return await storage.GetSessionAsync(_id, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteSessionAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        var existed = await storage.DeleteSessionAsync(_id, cancellationToken).ConfigureAwait(false);

        // What was known of the agents is gone with them.
        _trackers = null;
        positions.Forget(storage, _id);
        return existed;
    }

    /// <inheritdoc/>
    public async Task<int?> RedactLatestMessageAsync(
        ChatMessage redactMessage,
        ISessionAgent agent,
        RedactionDetails? details = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(redactMessage);
        ThrowIfUnusable(agent);

        // The latest message that is known here is the one that was judged. Another writer's may have come since.
        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var branch = tracker.KnownEnd == 0 ? null : tracker.Branch ?? await FindBranchAsync(agent.AgentId, number: null, cancellationToken).ConfigureAwait(false);
            var redacted = branch is null
                ? null
                : await storage
                    .RedactMessageAsync(_id, branch, tracker.KnownEnd - 1, redactMessage, details ?? Blocked, cancellationToken)
                    .ConfigureAwait(false);
            if (redacted is { } position)
            {
                await ShowRedactedAsync(tracker, branch!, position, redactMessage, cancellationToken).ConfigureAwait(false);
            }

            return redacted;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.ListGuardrailEventsAsync(_id, cancellationToken);
    }

    /// <summary>
    /// Takes a message that was redacted out of what lists show.
    /// </summary>
    /// <remarks>
    /// Afterwards: a title that is made meanwhile of the original is either refused, since the redaction is known, or taken away.
    /// </remarks>
    private async Task ShowRedactedAsync(AgentTracker tracker, AgentBranch branch, int position, ChatMessage redactMessage, CancellationToken cancellationToken)
    {
        var update = new StoredAgent
        {
            AgentId = branch.AgentId,
            Shown = new ShownHistory { Preview = ShownMessages.Replace(position, redactMessage, timeProvider.GetUtcNow()) },
            Redaction = Guid.NewGuid().ToString("N"),
            ClearsGeneratedTitle = position < TitleText.MaxMessages,
        };
        if (!tracker.TryRedact(update))
        {
            // Of another branch nothing is shown any more.
            await storage.UpdateAgentAsync(_id, update, new HistoryFence { Branch = branch.Number }, cancellationToken).ConfigureAwait(false);
        }
    }

    private SessionWriter Writer => new(storage, _id, applicationName);

    private AgentTracker GetTracker(ISessionAgent agent)
    {
        var trackers = _trackers ?? Interlocked.CompareExchange(ref _trackers, new(StringComparer.Ordinal), null) ?? _trackers;
        return trackers.GetOrAdd(agent.AgentId, (_, agent) => new AgentTracker(agent.AgentId, agent.GetMetrics(), positions.Get(storage, _id, agent.AgentId)), agent);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private void ThrowIfUnusable(ISessionAgent agent)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ThrowIfDisposed();
        Identifier.ThrowIfInvalid(agent.AgentId, nameof(agent));
    }

    private void ThrowIfUnusable(string agentId)
    {
        ThrowIfDisposed();
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
    }
}
