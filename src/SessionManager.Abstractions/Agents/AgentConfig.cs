namespace SessionManager;

/// <summary>
/// Represents the stored configuration of one agent of a session.
/// </summary>
public sealed record AgentConfig
{
    /// <summary>
    /// Gets the id of the agent.
    /// </summary>
    public required string AgentId { get; init; }

    /// <summary>
    /// Gets the id of the model.
    /// </summary>
    /// <value>Null when none was captured.</value>
    public string? Model { get; init; }

    /// <summary>
    /// Gets the system prompt.
    /// </summary>
    /// <value>Null when none was captured.</value>
    public string? SystemPrompt { get; init; }

    /// <summary>
    /// Gets what is known about the prompt's origin, such as its id and version.
    /// </summary>
    /// <value>Null when none was stored. Values are of the kinds that metadata holds.</value>
    public IReadOnlyDictionary<string, object?>? PromptMetadata { get; init; }
}
