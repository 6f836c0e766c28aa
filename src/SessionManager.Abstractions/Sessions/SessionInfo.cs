using System.Collections.ObjectModel;

namespace SessionManager;

/// <summary>
/// Represents what is known of a session without looking at its agents and messages.
/// </summary>
public sealed record SessionInfo
{
    /// <summary>
    /// Gets the id that the session has for its owner.
    /// </summary>
    public required string SessionId { get; init; }

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    /// <value>Never null; <see cref="SessionOwner.None"/> where nobody owns it.</value>
    public SessionOwner Owner { get; init; } = SessionOwner.None;

    /// <summary>
    /// Gets the application name that the session was created with.
    /// </summary>
    /// <value>Null when it was created without one.</value>
    public string? ApplicationName { get; init; }

    /// <summary>
    /// Gets the time at which the session was created, in UTC with milliseconds.
    /// </summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// Gets the time at which the session document last changed, in UTC with milliseconds.
    /// </summary>
    /// <remarks>Appending a message does not change it; the sync that follows does. A title does not, so that no list is reordered by it.</remarks>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>
    /// Gets the title of the session.
    /// </summary>
    /// <value>Null when it has none. A person's goes before a model's.</value>
    public string? Title { get; init; }

    /// <summary>
    /// Gets a value indicating whether a model has given the title.
    /// </summary>
    public bool IsTitleGenerated { get; init; }

    /// <summary>
    /// Gets the beginning of the latest message that a person would read: the answer, or else what the user has said.
    /// </summary>
    /// <value>
    /// At most 120 characters, on one line; null when there is none, as after the history was changed, until the next turn. It holds no reasoning, no
    /// results of tools, and of a redacted message what is shown instead.
    /// </value>
    /// <remarks>As of the last sync or end of a run, like <see cref="MessageCount"/> and <see cref="LastMessageAt"/>.</remarks>
    public string? Preview { get; init; }

    /// <summary>
    /// Gets the number of messages in the current histories of all agents.
    /// </summary>
    /// <remarks>As of the last sync, end of a run or change of a history: an append does not change it, and an agent that was never synced counts as it was added.</remarks>
    public int MessageCount { get; init; }

    /// <summary>
    /// Gets the time at which a message was last appended, in UTC with milliseconds.
    /// </summary>
    /// <value>Null when that is not known.</value>
    public DateTimeOffset? LastMessageAt { get; init; }

    /// <summary>
    /// Gets the metadata of the session.
    /// </summary>
    /// <value>Never null; empty where there is none.</value>
    public IReadOnlyDictionary<string, object?> Metadata { get; init; } = ReadOnlyDictionary<string, object?>.Empty;
}
