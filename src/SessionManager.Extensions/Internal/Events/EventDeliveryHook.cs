using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.Hooks;

namespace SessionManager.Internal.Events;

/// <summary>
/// Makes events of what has been stored, wherever in the chain it stands.
/// </summary>
internal sealed class EventDeliveryHook(EventQueue queue, SessionEventDeliveryOptions options, TimeProvider timeProvider, EventMetrics metrics, ILogger logger)
    : IMetadataHook, IFeedbackHook
{
    private readonly MetadataSelection _selection = new(options.DeliveredFields);

    /// <inheritdoc/>
    public async ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
    {
        if (context.Action == MetadataAction.Get)
        {
            return await next(context).ConfigureAwait(false);
        }

        var call = MetadataHookCall.Find(next);
        MetadataHookContext? stored = null;
        try
        {
            var result = await next(context).ConfigureAwait(false);
            stored = call is null ? context : call.Stored;
            return result;
        }
        finally
        {
            // A hook that follows may have thrown when everything was stored, and may have used a token that has ended.
            if ((stored ?? call?.Stored) is { } change)
            {
                await AddAsync(change.SessionId, () => CreateEvent(change), context.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next)
    {
        var call = FeedbackHookCall.Find(next);
        FeedbackHookContext? stored = null;
        Feedback? result = null;
        try
        {
            result = await next(context).ConfigureAwait(false);
            stored = call is null && result is not null ? context : call?.Stored;
            return result;
        }
        finally
        {
            if ((stored ?? call?.Stored) is { } change)
            {
                var feedback = result ?? change.Feedback;
                await AddAsync(
                    change.SessionId,
                    () => CreateEvent(SessionEventKind.FeedbackAdded, change.SessionId) with { Feedback = feedback },
                    context.CancellationToken).ConfigureAwait(false);
            }
        }
    }

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

    private SessionEvent? CreateEvent(MetadataHookContext change)
    {
        if (change.Action == MetadataAction.Delete)
        {
            var keys = _selection.SelectKeys(change.Keys!);
            return keys.Count == 0 ? null : CreateEvent(SessionEventKind.MetadataDeleted, change.SessionId) with { DeletedKeys = keys };
        }

        var (metadata, deletedKeys) = _selection.Select(change.Metadata!);
        return metadata.Count == 0 && deletedKeys.Count == 0
            ? null
            : CreateEvent(SessionEventKind.MetadataUpdated, change.SessionId) with
            {
                Metadata = metadata,
                DeletedKeys = deletedKeys.Count == 0 ? null : deletedKeys,
            };
    }

    private SessionEvent CreateEvent(SessionEventKind kind, string sessionId)
    {
        var now = timeProvider.GetUtcNow();
        return new SessionEvent { Id = Guid.CreateVersion7(now), Kind = kind, SessionId = sessionId, Timestamp = now };
    }
}
