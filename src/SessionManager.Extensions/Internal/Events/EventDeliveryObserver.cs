using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Hooks;

namespace SessionManager.Internal.Events;

/// <summary>
/// Makes events of what has been stored.
/// </summary>
internal sealed class EventDeliveryObserver(EventQueue queue, SessionEventDeliveryOptions options, TimeProvider timeProvider, EventMetrics metrics, ILogger logger)
    : IOperationObserver<MetadataHookContext, MetadataHookResult>, IOperationObserver<FeedbackHookContext, Feedback?>
{
    private readonly MetadataSelection _selection = new(options.DeliveredFields);

    /// <inheritdoc/>
    public ValueTask StoredAsync(MetadataHookContext stored, MetadataHookResult result, CancellationToken cancellationToken) =>
        stored.Action == MetadataAction.Get || (stored.Action == MetadataAction.Create && !result.IsCreated)
            ? ValueTask.CompletedTask
            : AddAsync(stored.SessionId, () => CreateEvent(stored, result), cancellationToken);

    /// <inheritdoc/>
    public ValueTask StoredAsync(FeedbackHookContext stored, Feedback? result, CancellationToken cancellationToken) => (stored.Action, result) switch
    {
        (FeedbackAction.Delete, null) => ValueTask.CompletedTask,
        (FeedbackAction.Delete, _) => AddAsync(
            stored.SessionId, () => CreateEvent(SessionEventKind.FeedbackDeleted, stored.Session) with { Feedback = new Feedback { Id = result.Id } }, cancellationToken),
        _ => AddAsync(
            stored.SessionId, () => CreateEvent(SessionEventKind.FeedbackAdded, stored.Session) with { Feedback = result ?? stored.Feedback }, cancellationToken),
    };

    private async ValueTask AddAsync(string sessionId, Func<SessionEvent?> create, CancellationToken cancellationToken)
    {
        SessionEvent? sessionEvent;
        try
        {
            sessionEvent = create();
            if (sessionEvent is not null && options.Filter?.Invoke(sessionEvent) is false)
            {
                return;
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The change is stored: whatever the application's filter or payload throws must not make it look otherwise.
            metrics.Dropped(queue.Sink, 1);
            logger.EventNotCreated(queue.Sink, sessionId, exception.GetType().Name);
            return;
        }

        if (sessionEvent is not null)
        {
            await queue.AddAsync(sessionEvent, cancellationToken).ConfigureAwait(false);
        }
    }

    private SessionEvent? CreateEvent(MetadataHookContext change, MetadataHookResult result)
    {
        if (change.Action == MetadataAction.Delete)
        {
            var keys = _selection.SelectKeys(change.Keys!);
            return keys.Count == 0 ? null : CreateEvent(SessionEventKind.MetadataDeleted, change.Session) with { DeletedKeys = keys };
        }

        // An amount says nothing without what it was added to.
        var (metadata, deletedKeys) = _selection.Select(change.Action == MetadataAction.Increment ? result.Metadata! : change.Metadata!);
        return metadata.Count == 0 && deletedKeys.Count == 0
            ? null
            : CreateEvent(SessionEventKind.MetadataUpdated, change.Session) with
            {
                Metadata = metadata,
                DeletedKeys = deletedKeys.Count == 0 ? null : deletedKeys,
            };
    }

    private SessionEvent CreateEvent(SessionEventKind kind, ISessionManager session)
    {
        var now = timeProvider.GetUtcNow();
        return new SessionEvent { Id = Guid.CreateVersion7(now), Kind = kind, SessionId = session.SessionId, Owner = session.Owner, Timestamp = now };
    }
}
