using Microsoft.Extensions.Logging;

namespace SessionManager.Internal.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(MetadataAuditedId, LogLevel.Information, "Metadata {Action} in session {SessionId} {Outcome} in {ElapsedMilliseconds} ms: {KeyCount} fields, {Keys}.", EventName = "MetadataAudited")]
    public static partial void MetadataAudited(this ILogger logger, MetadataAction action, string sessionId, string outcome, double elapsedMilliseconds, int keyCount, string keys);

    [LoggerMessage(MetadataAuditFailedId, LogLevel.Information, "Metadata {Action} in session {SessionId} failed with {ExceptionType} in {ElapsedMilliseconds} ms, stored {Stored}: {KeyCount} fields, {Keys}.", EventName = "MetadataAuditFailed")]
    public static partial void MetadataAuditFailed(this ILogger logger, MetadataAction action, string sessionId, string exceptionType, double elapsedMilliseconds, bool stored, int keyCount, string keys);

    [LoggerMessage(FeedbackAuditedId, LogLevel.Information, "Feedback {Action} in session {SessionId} {Outcome} in {ElapsedMilliseconds} ms: agent {AgentId}, message {Position}.", EventName = "FeedbackAudited")]
    public static partial void FeedbackAudited(this ILogger logger, FeedbackAction action, string sessionId, string outcome, double elapsedMilliseconds, string? agentId, int? position);

    [LoggerMessage(FeedbackAuditFailedId, LogLevel.Information, "Feedback {Action} in session {SessionId} failed with {ExceptionType} in {ElapsedMilliseconds} ms, stored {Stored}: agent {AgentId}, message {Position}.", EventName = "FeedbackAuditFailed")]
    public static partial void FeedbackAuditFailed(this ILogger logger, FeedbackAction action, string sessionId, string exceptionType, double elapsedMilliseconds, bool stored, string? agentId, int? position);

    [LoggerMessage(EventDeliveredId, LogLevel.Debug, "Event {EventId} ({Kind}) of session {SessionId} delivered to {Sink} at attempt {Attempt}.", EventName = "EventDelivered")]
    public static partial void EventDelivered(this ILogger logger, string sink, Guid eventId, SessionEventKind kind, string sessionId, int attempt);

    [LoggerMessage(EventRetriedId, LogLevel.Warning, "Attempt {Attempt} to deliver event {EventId} ({Kind}) of session {SessionId} to {Sink} failed ({Reason}); next one in {Delay}.", EventName = "EventRetried")]
    public static partial void EventRetried(this ILogger logger, string sink, Guid eventId, SessionEventKind kind, string sessionId, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(EventFailedId, LogLevel.Error, "Event {EventId} ({Kind}) of session {SessionId} is given up after attempt {Attempt} to deliver it to {Sink} ({Reason}).", EventName = "EventFailed")]
    public static partial void EventFailed(this ILogger logger, string sink, Guid eventId, SessionEventKind kind, string sessionId, int attempt, string reason);

    [LoggerMessage(EventsDroppedId, LogLevel.Warning, "{DroppedCount} events for {Sink} dropped since the last such message: {Reason}.", EventName = "EventsDropped")]
    public static partial void EventsDropped(this ILogger logger, string sink, long droppedCount, string reason);

    [LoggerMessage(EventsDroppedAtStopId, LogLevel.Error, "{DroppedCount} events for {Sink} were not delivered before the host's time to stop was over.", EventName = "EventsDroppedAtStop")]
    public static partial void EventsDroppedAtStop(this ILogger logger, string sink, long droppedCount);

    [LoggerMessage(EventNotCreatedId, LogLevel.Error, "No event for {Sink} could be made of a change of session {SessionId} ({ExceptionType}).", EventName = "EventNotCreated")]
    public static partial void EventNotCreated(this ILogger logger, string sink, string sessionId, string exceptionType);
}
