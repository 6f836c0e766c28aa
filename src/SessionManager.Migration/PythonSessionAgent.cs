namespace SessionManager;

/// <summary>
/// Represents an agent of a <see cref="PythonSession"/>.
/// </summary>
public sealed record PythonSessionAgent
{
    /// <summary>
    /// Gets its id and configuration.
    /// </summary>
    public required AgentConfig Config { get; init; }

    /// <summary>
    /// Gets its messages in the order that Python shows, each with the position that a migration gives it.
    /// </summary>
    /// <value>Without those that cannot be read.</value>
    public required IReadOnlyList<SessionMessage> Messages { get; init; }
}
