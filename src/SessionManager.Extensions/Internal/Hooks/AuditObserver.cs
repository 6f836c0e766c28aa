using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// Logs what is done to metadata and feedback, and whether hooks or failures stopped it. Values are never logged.
/// </summary>
internal sealed class AuditObserver(ILogger logger)
    : IOperationObserver<MetadataHookContext, MetadataHookResult>, IOperationObserver<FeedbackHookContext, Feedback?>
{
    /// <inheritdoc/>
    public void Ended(MetadataHookContext operation, MetadataHookContext? stored, MetadataHookResult result, Exception? exception, TimeSpan elapsed)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var (count, keys) = GetKeys(stored ?? operation);

        // Of a session that was there, nothing is stored.
        var isSkipped = stored is { Action: MetadataAction.Create } && !result.IsCreated;
        if (exception is null)
        {
            logger.MetadataAudited(
                operation.Action, operation.SessionId, isSkipped ? "skipped" : GetOutcome(stored), elapsed.TotalMilliseconds, count, keys);
        }
        else
        {
            logger.MetadataAuditFailed(
                operation.Action, operation.SessionId, exception.GetType().Name, elapsed.TotalMilliseconds, stored is not null && !isSkipped, count, keys);
        }
    }

    /// <inheritdoc/>
    public void Ended(FeedbackHookContext operation, FeedbackHookContext? stored, Feedback? result, Exception? exception, TimeSpan elapsed)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var feedback = (stored ?? operation).Feedback;

        // Of feedback that was not there, nothing is removed.
        var isSkipped = stored is { Action: FeedbackAction.Delete } && result is null;
        if (exception is null)
        {
            logger.FeedbackAudited(
                operation.Action, operation.SessionId, isSkipped ? "skipped" : GetOutcome(stored), elapsed.TotalMilliseconds, feedback.AgentId, feedback.Position);
        }
        else
        {
            logger.FeedbackAuditFailed(
                operation.Action,
                operation.SessionId,
                exception.GetType().Name,
                elapsed.TotalMilliseconds,
                stored is not null && !isSkipped,
                feedback.AgentId,
                feedback.Position);
        }
    }

    private static string GetOutcome(object? stored) => stored is null ? "vetoed" : "done";

    private static (int Count, string Keys) GetKeys(MetadataHookContext context)
    {
        var keys = context.Metadata?.Keys ?? context.Keys;
        return keys is null ? (0, "all") : (keys.Count(), string.Join(", ", keys));
    }
}
