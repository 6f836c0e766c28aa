namespace SessionManager.Internal;

/// <summary>
/// The element names that the two layouts share, those of Python's alone, and those that a migration adds.
/// </summary>
internal static class Names
{
    public const string Id = "_id";
    public const string SessionId = "session_id";
    public const string ApplicationName = "application_name";
    public const string SessionType = "session_type";
    public const string SchemaVersion = "schema_version";
    public const string CreatedAt = "created_at";
    public const string UpdatedAt = "updated_at";
    public const string Timestamp = "timestamp";
    public const string Agents = "agents";
    public const string Metadata = "metadata";
    public const string Feedbacks = "feedbacks";
    public const string Feedback = "feedback";
    public const string First = "first";
    public const string GuardrailEvents = "guardrail_events";
    public const string ViewerPassword = "session_viewer_password";

    public const string AgentData = "agent_data";
    public const string AgentId = "agent_id";
    public const string State = "state";
    public const string ConversationManagerState = "conversation_manager_state";
    public const string SystemPrompt = "system_prompt";
    public const string PythonSystemPrompt = "python_system_prompt";
    public const string CapturedConfig = "captured_config";
    public const string InternalState = "_internal_state";
    public const string InterruptState = "interrupt_state";
    public const string Interrupts = "interrupts";
    public const string Activated = "activated";

    public const string MessageCount = "message_count";
    public const string LastMessageAt = "last_message_at";
    public const string Preview = "preview";
    public const string Position = "position";

    public const string Messages = "messages";
    public const string MessageId = "message_id";
    public const string PythonMessageId = "python_message_id";
    public const string AppendId = "append_id";
    public const string Message = "message";
    public const string Role = "role";
    public const string Assistant = "assistant";
    public const string Text = "text";
    public const string RedactMessage = "redact_message";
    public const string EventLoopMetrics = "event_loop_metrics";
    public const string GuardrailEvent = "guardrail_event";
    public const string Usage = "usage";
    public const string Metrics = "metrics";
    public const string AccumulatedUsage = "accumulated_usage";
    public const string AccumulatedMetrics = "accumulated_metrics";
    public const string CycleMetrics = "cycle_metrics";
    public const string ToolUsage = "tool_usage";
    public const string Estimated = "estimated";

    // Of messages of the first versions.
    public const string LatencyMs = "latency_ms";
    public const string InputTokens = "input_tokens";
    public const string OutputTokens = "output_tokens";

    /// <summary>
    /// What stands before the name of a field of Python's that means something else here.
    /// </summary>
    public const string PythonPrefix = "python_";

    public const string Migration = "migration";
    public const string SourceHash = "source_hash";
    public const string TargetHash = "target_hash";
    public const string At = "at";
    public const string Counts = "counts";
}
