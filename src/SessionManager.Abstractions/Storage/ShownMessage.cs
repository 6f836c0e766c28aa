using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Represents the beginning of a message that a list of sessions shows.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record ShownMessage
{
    /// <summary>
    /// Gets the position of the message, zero or more. That of a later message takes the place of an earlier one's.
    /// </summary>
    public required int Position { get; init; }

    /// <summary>
    /// Gets the time at which the message was redacted or replaced, in milliseconds since 1970.
    /// </summary>
    /// <value>Zero for a message as it was appended. Of one position, the later takes the place of the earlier.</value>
    public long ChangedAt { get; init; }

    /// <summary>
    /// Gets the text.
    /// </summary>
    /// <value>Null where there is nothing to read, which takes the place of an earlier text all the same.</value>
    public string? Text { get; init; }
}
