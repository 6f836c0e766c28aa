using Microsoft.Extensions.Logging;

namespace SessionManager.Internal.Diagnostics;

/// <summary>
/// The log events of the library. Ids are append-only. Names, counts and ids are logged, content never is.
/// </summary>
internal static partial class Log
{
    /// <summary>
    /// The category of every event, whatever writes it.
    /// </summary>
    public const string Category = "SessionManager";

    // 1 to 9: agents of a session manager.
    private const int AgentInitializedId = 1;
    private const int MessageAppendedId = 2;
    private const int AgentSyncedId = 3;
    private const int HistoryRepairedId = 4;
    private const int IncomingDiffersId = 5;
    private const int ReducerFailedId = 6;

    // 10 to 19: registration and client.
    private const int ClientOptionsIgnoredId = 10;

    // 20 to 29: appends.
    private const int MessageIdTakenId = 20;
    private const int MessageResentId = 21;
    private const int MessageIdContestedId = 22;
    private const int PropertyNotStoredId = 23;

    // 30 to 39: runs of pipelines.
    private const int InterruptedNotStoredId = 30;
    private const int RunLostId = 32;
    private const int RunNotRenewedId = 33;
    private const int RunNotReleasedId = 34;
    private const int RunInterleavedId = 35;

    // 40 to 49: indexes, preparation and sweeping.
    private const int IndexesCreatedId = 40;
    private const int IndexFailedId = 41;
    private const int IndexesDelayedId = 42;
    private const int IndexesBuildingId = 43;
    private const int SessionsSweptId = 44;
    private const int SweepFailedId = 45;

    // 50 to 59: damage to what is stored.
    private const int MessageFieldsIgnoredId = 50;
    private const int AgentFieldsIgnoredId = 51;

    // 60 to 69: audit.
    private const int MetadataAuditedId = 60;
    private const int MetadataAuditFailedId = 61;
    private const int FeedbackAuditedId = 62;
    private const int FeedbackAuditFailedId = 63;

    // 70 to 79: delivery of events.
    private const int EventDeliveredId = 70;
    private const int EventRetriedId = 71;
    private const int EventFailedId = 72;
    private const int EventsDroppedId = 73;
    private const int EventsDroppedAtStopId = 74;
    private const int EventNotCreatedId = 75;

    // 80 to 89: titles.
    private const int SessionTitledId = 80;
    private const int TitleAttemptFailedId = 81;
    private const int TitleDroppedId = 82;

    [LoggerMessage(AgentInitializedId, LogLevel.Debug, "Agent {AgentId} initialized in session {SessionId}: new {IsNewAgent}, {RestoredMessageCount} messages restored.", EventName = "AgentInitialized")]
    public static partial void AgentInitialized(this ILogger logger, string sessionId, string agentId, bool isNewAgent, int restoredMessageCount);

    [LoggerMessage(MessageAppendedId, LogLevel.Debug, "Message {Position} of agent {AgentId} appended to session {SessionId}.", EventName = "MessageAppended")]
    public static partial void MessageAppended(this ILogger logger, string sessionId, string agentId, int position);

    [LoggerMessage(AgentSyncedId, LogLevel.Debug, "Agent {AgentId} synced in session {SessionId}: changed {Changed}.", EventName = "AgentSynced")]
    public static partial void AgentSynced(this ILogger logger, string sessionId, string agentId, bool changed);

    public static void HistoryRepaired(this ILogger logger, string sessionId, string agentId, HistoryRepair repair) =>
        logger.HistoryRepaired(
            sessionId,
            agentId,
            repair.InterruptedCallCount,
            repair.OrphanResultCount,
            repair.MovedResultCount,
            repair.UnansweredApprovalCount,
            repair.OrphanApprovalCount);

    [LoggerMessage(HistoryRepairedId, LogLevel.Warning, "The history of agent {AgentId} in session {SessionId} was repaired as it was loaded: {InterruptedCalls} interrupted calls, {OrphanResults} results without a call, {MovedResults} results apart from their call, {UnansweredApprovals} unanswered approvals, {OrphanApprovals} answers without a request. What is stored has not changed.", EventName = "HistoryRepaired")]
    public static partial void HistoryRepaired(
        this ILogger logger,
        string sessionId,
        string agentId,
        int interruptedCalls,
        int orphanResults,
        int movedResults,
        int unansweredApprovals,
        int orphanApprovals);

    [LoggerMessage(IncomingDiffersId, LogLevel.Warning, "What was sent to agent {AgentId} of session {SessionId} differs from what is stored: {EditedCount} messages of the user were edited, {IgnoredCount} other messages or answers are left out.", EventName = "IncomingDiffers")]
    public static partial void IncomingDiffers(this ILogger logger, string sessionId, string agentId, int editedCount, int ignoredCount);

    [LoggerMessage(ReducerFailedId, LogLevel.Warning, "The history of agent {AgentId} in session {SessionId} is sent whole, since its reducer failed with {ExceptionType}.", EventName = "ReducerFailed")]
    public static partial void ReducerFailed(this ILogger logger, string sessionId, string agentId, string exceptionType);

    [LoggerMessage(ClientOptionsIgnoredId, LogLevel.Warning, "The IMongoClient of the container is used; options without effect on it: {Options}.", EventName = "ClientOptionsIgnored")]
    public static partial void ClientOptionsIgnored(this ILogger logger, string options);

    [LoggerMessage(MessageIdTakenId, LogLevel.Debug, "Position {Position} of agent {AgentId} in session {SessionId} is taken by another writer; taking the next one.", EventName = "MessageIdTaken")]
    public static partial void MessageIdTaken(this ILogger logger, string sessionId, string agentId, int position);

    [LoggerMessage(MessageResentId, LogLevel.Warning, "It is not known whether message {Position} of agent {AgentId} in session {SessionId} was stored ({ExceptionType}); sending it again.", EventName = "MessageResent")]
    public static partial void MessageResent(this ILogger logger, string sessionId, string agentId, int position, string exceptionType);

    [LoggerMessage(MessageIdContestedId, LogLevel.Debug, "The server gave up message {Position} of agent {AgentId} in session {SessionId} for another writer's; sending it again.", EventName = "MessageIdContested")]
    public static partial void MessageIdContested(this ILogger logger, string sessionId, string agentId, int position);

    [LoggerMessage(PropertyNotStoredId, LogLevel.Warning, "An answer of agent {AgentId} in session {SessionId} is stored without its additional property {PropertyName}, whose value cannot be stored.", EventName = "PropertyNotStored")]
    public static partial void PropertyNotStored(this ILogger logger, string sessionId, string agentId, string propertyName);

    [LoggerMessage(InterruptedNotStoredId, LogLevel.Error, "What had arrived of an interrupted answer of agent {AgentId} in session {SessionId} could not be stored ({ExceptionType}).", EventName = "InterruptedNotStored")]
    public static partial void InterruptedNotStored(this ILogger logger, string sessionId, string agentId, string exceptionType);

    [LoggerMessage(RunLostId, LogLevel.Warning, "A run of agent {AgentId} in session {SessionId} was taken over. What it has stored since is on branch {Branch}, and no model is sent it.", EventName = "RunLost")]
    public static partial void RunLost(this ILogger logger, string sessionId, string agentId, int branch);

    [LoggerMessage(RunNotRenewedId, LogLevel.Warning, "A run of agent {AgentId} in session {SessionId} could not give its sign of life ({ExceptionType}). Another one may take over when its time is up.", EventName = "RunNotRenewed")]
    public static partial void RunNotRenewed(this ILogger logger, string sessionId, string agentId, string exceptionType);

    [LoggerMessage(RunNotReleasedId, LogLevel.Warning, "A run of agent {AgentId} in session {SessionId} has ended without saying so ({ExceptionType}). The next one waits until its time is up.", EventName = "RunNotReleased")]
    public static partial void RunNotReleased(this ILogger logger, string sessionId, string agentId, string exceptionType);

    [LoggerMessage(RunInterleavedId, LogLevel.Warning, "A writer without a run has appended to agent {AgentId} in session {SessionId} during one: message {Position} follows it.", EventName = "RunInterleaved")]
    public static partial void RunInterleaved(this ILogger logger, string sessionId, string agentId, int position);

    [LoggerMessage(IndexesCreatedId, LogLevel.Information, "Indexes of {CollectionNamespace}, its messages and its feedback are in place.", EventName = "IndexesCreated")]
    public static partial void IndexesCreated(this ILogger logger, string collectionNamespace);

    [LoggerMessage(IndexFailedId, LogLevel.Warning, "Index {IndexName} of {CollectionNamespace} could not be created: error {Code} {CodeName}. Create it by hand, or set CreateIndexes to false if that is intended.", EventName = "IndexFailed")]
    public static partial void IndexFailed(this ILogger logger, string indexName, string collectionNamespace, int code, string codeName);

    [LoggerMessage(IndexesDelayedId, LogLevel.Warning, "The server of {CollectionNamespace} cannot be reached ({ExceptionType}); sessions work as soon as it can. Next try in {Delay}.", EventName = "IndexesDelayed")]
    public static partial void IndexesDelayed(this ILogger logger, string collectionNamespace, string exceptionType, TimeSpan delay);

    [LoggerMessage(IndexesBuildingId, LogLevel.Information, "The server is still building indexes of {CollectionNamespace}. Sessions work without them.", EventName = "IndexesBuilding")]
    public static partial void IndexesBuilding(this ILogger logger, string collectionNamespace);

    [LoggerMessage(SessionsSweptId, LogLevel.Information, "What was left of {Count} deleted sessions is gone from {Storage}.", EventName = "SessionsSwept")]
    public static partial void SessionsSwept(this ILogger logger, string storage, int count);

    [LoggerMessage(SweepFailedId, LogLevel.Warning, "What is left of deleted sessions could not be removed from {Storage} ({ExceptionType}); the next try is in an hour.", EventName = "SweepFailed")]
    public static partial void SweepFailed(this ILogger logger, string storage, string exceptionType);

    [LoggerMessage(MessageFieldsIgnoredId, LogLevel.Warning, "Message {Position} of agent {AgentId} in session {SessionId} is read without these fields, which are damaged: {Fields}.", EventName = "MessageFieldsIgnored")]
    public static partial void MessageFieldsIgnored(this ILogger logger, string sessionId, string? agentId, int? position, string fields);

    [LoggerMessage(AgentFieldsIgnoredId, LogLevel.Warning, "Agent {AgentId} in session {SessionId} is read without these fields, which are damaged: {Fields}.", EventName = "AgentFieldsIgnored")]
    public static partial void AgentFieldsIgnored(this ILogger logger, string sessionId, string agentId, string fields);

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

    [LoggerMessage(SessionTitledId, LogLevel.Debug, "Session {SessionId} got a title of a model at attempt {Attempt}.", EventName = "SessionTitled")]
    public static partial void SessionTitled(this ILogger logger, string sessionId, int attempt);

    [LoggerMessage(TitleAttemptFailedId, LogLevel.Warning, "Attempt {Attempt} to give session {SessionId} a title failed ({ExceptionType}).", EventName = "TitleAttemptFailed")]
    public static partial void TitleAttemptFailed(this ILogger logger, string sessionId, int attempt, string exceptionType);

    [LoggerMessage(TitleDroppedId, LogLevel.Debug, "Session {SessionId} waits for its next run to get a title: too many wait.", EventName = "TitleDropped")]
    public static partial void TitleDropped(this ILogger logger, string sessionId);
}
