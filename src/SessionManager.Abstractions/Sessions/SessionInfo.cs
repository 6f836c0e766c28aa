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
    /// <remarks>Appending a message does not change it; the sync that follows does.</remarks>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>
    /// Gets the metadata of the session.
    /// </summary>
    /// <value>Never null; empty where there is none.</value>
    public IReadOnlyDictionary<string, object?> Metadata { get; init; } = ReadOnlyDictionary<string, object?>.Empty;
}
