using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Hooks;

/// <summary>
/// Logs what is done to metadata and feedback, and whether hooks or failures stopped it. Values are never logged.
/// </summary>
internal sealed class AuditHook(ILogger logger, TimeProvider timeProvider) : IMetadataHook, IFeedbackHook
{
    private const string Done = "done";
    private const string Vetoed = "vetoed";

    /// <inheritdoc/>
    public async ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return await next(context).ConfigureAwait(false);
        }

        var call = MetadataHookCall.Find(next);
        var start = timeProvider.GetTimestamp();
        try
        {
            var result = await next(context).ConfigureAwait(false);
            var (count, keys) = GetKeys(call?.Stored ?? context);
            logger.MetadataAudited(context.Action, context.SessionId, GetOutcome(call), GetElapsed(start), count, keys);
            return result;
        }
        catch (Exception exception)
        {
            var (count, keys) = GetKeys(call?.Stored ?? context);
            logger.MetadataAuditFailed(
                context.Action, context.SessionId, exception.GetType().Name, GetElapsed(start), call?.Stored is not null, count, keys);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Feedback?> InvokeAsync(FeedbackHookContext context, FeedbackHookNext next)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return await next(context).ConfigureAwait(false);
        }

        var call = FeedbackHookCall.Find(next);
        var start = timeProvider.GetTimestamp();
        try
        {
            var result = await next(context).ConfigureAwait(false);
            var feedback = (call?.Stored ?? context).Feedback;
            logger.FeedbackAudited(context.Action, context.SessionId, GetOutcome(call), GetElapsed(start), feedback.AgentId, feedback.Position);
            return result;
        }
        catch (Exception exception)
        {
            logger.FeedbackAuditFailed(
                context.Action,
                context.SessionId,
                exception.GetType().Name,
                GetElapsed(start),
                call?.Stored is not null,
                context.Feedback.AgentId,
                context.Feedback.Position);
            throw;
        }
    }

    private static string GetOutcome<TContext, TResult>(HookCall<TContext, TResult>? call)
        where TContext : class =>
        call is { Stored: null } ? Vetoed : Done;

    private static (int Count, string Keys) GetKeys(MetadataHookContext context)
    {
        var keys = context.Metadata?.Keys ?? context.Keys;
        return keys is null ? (0, "all") : (keys.Count(), string.Join(", ", keys));
    }

    private double GetElapsed(long start) => timeProvider.GetElapsedTime(start).TotalMilliseconds;
}
