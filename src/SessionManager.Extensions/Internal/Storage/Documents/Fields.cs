using SessionManager.Internal.Storage.Documents.Contents;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The element names of the stored documents, and the paths made of them.
/// </summary>
internal static class Fields
{
    public const string Id = "_id";
    public const string SessionId = "session_id";
    public const string Owner = "owner";
    public const string Tenant = "tenant";
    public const string User = "user";
    public const string ApplicationName = "application_name";
    public const string SessionType = "session_type";
    public const string SchemaVersion = "schema_version";
    public const string CreatedAt = "created_at";
    public const string UpdatedAt = "updated_at";
    public const string Agents = "agents";
    public const string Metadata = "metadata";
    public const string Feedbacks = "feedbacks";
    public const string Feedback = "feedback";

    public const string ExpiresAt = "expires_at";
    public const string MessagesExpireAt = "messages_expire_at";

    public const string Deleted = "deleted";
    public const string DeletedAt = "at";
    public const string Token = "token";
    public const string SweepAt = "sweep_at";

    public const string Erasure = "erasure";
    public const string Hold = "hold";
    public const string Assignment = "assignment";

    public const string FirstBranch = "first";
    public const string NextBranch = "next";
    public const string Branch = "branch";
    public const string Base = "base";
    public const string End = "end";
    public const string Run = "run";

    public const string Title = "title";
    public const string GeneratedTitle = "generated_title";
    public const string MessageCount = "message_count";
    public const string LastMessageAt = "last_message_at";
    public const string Preview = "preview";
    public const string Redaction = "redaction";

    public const string AgentData = "agent_data";
    public const string CapturedConfig = "captured_config";
    public const string AgentId = "agent_id";
    public const string State = "state";
    public const string ConversationManagerState = "conversation_manager_state";
    public const string RemovedMessageCount = "removed_message_count";
    public const string Model = "model";
    public const string SystemPrompt = "system_prompt";
    public const string PromptMetadata = "prompt_metadata";

    public const string Position = "message_id";
    public const string ClientMessageId = "client_message_id";
    public const string AppendId = "append_id";
    public const string Message = "message";
    public const string MessageIdPath = $"{Message}.{MessageNames.Metadata}.{MessageNames.Custom}.{MessageNames.MessageId}";
    public const string ClaimedRequests = "claimed_requests";
    public const string ReplacedMessages = "replaced_messages";
    public const string ReplacedAt = "replaced_at";
    public const string Document = "document";
    public const string ResultContentPath = $"{Message}.{MessageNames.Content}.{MessageNames.ToolResult}.{MessageNames.Content}";
    public const string RedactMessage = "redact_message";
    public const string EventLoopMetrics = "event_loop_metrics";
    public const string GuardrailEvent = "guardrail_event";

    /// <summary>
    /// Gets the path of an agent within a session document.
    /// </summary>
    public static string AgentPath(string agentId) => $"{Agents}.{BsonKeys.Encode(agentId)}";

    /// <summary>
    /// Gets the path of a field of an agent's data within a session document.
    /// </summary>
    public static string AgentDataPath(string agentPath, string field) => $"{agentPath}.{AgentData}.{field}";
}
