using System.Collections.ObjectModel;

namespace SessionManager;

/// <summary>
/// Represents what a user thinks of a session, or of one message of it.
/// </summary>
public sealed record Feedback
{
    /// <summary>
    /// Gets the id under which the feedback is stored, one of its session.
    /// </summary>
    /// <value>
    /// Set when it is stored; a value given to <see cref="ISessionManager.AddFeedbackAsync"/> is ignored. Null for feedback that an earlier layout
    /// has stored inside of its session: it cannot be removed.
    /// </value>
    public string? Id { get; init; }

    /// <summary>
    /// Gets the id of the user whose opinion it is.
    /// </summary>
    /// <value>
    /// At most 255 bytes of UTF-8. A user has one opinion of a session, and one of each message: a later one takes the place of the
    /// earlier. Null for feedback that stands beside any other.
    /// </value>
    public string? UserId { get; init; }

    /// <summary>
    /// Gets the rating.
    /// </summary>
    /// <value>Null when the user gave none. A stored rating of another kind is in <see cref="AdditionalProperties"/>.</value>
    public FeedbackRating? Rating { get; init; }

    /// <summary>
    /// Gets what the user wrote.
    /// </summary>
    /// <value>Null when the user wrote nothing. Half of a surrogate pair in it is stored as U+FFFD.</value>
    public string? Comment { get; init; }

    /// <summary>
    /// Gets the id of the agent whose message the feedback is about.
    /// </summary>
    /// <value>Null when it is about the session. Set together with <see cref="Position"/>.</value>
    public string? AgentId { get; init; }

    /// <summary>
    /// Gets the position of the message that the feedback is about.
    /// </summary>
    /// <value>
    /// 0 or more, with <see cref="AgentId"/>. Null when the feedback is about the session. Set when it is stored with a
    /// <see cref="MessageId"/>.
    /// </value>
    public int? Position { get; init; }

    /// <summary>
    /// Gets the <see cref="Microsoft.Extensions.AI.ChatMessage.MessageId"/> of the message that the feedback is about.
    /// </summary>
    /// <value>
    /// With <see cref="AgentId"/>, in place of <see cref="Position"/> or together with it: then the message must have both.
    /// Null for none. Of several messages with the same id, the latest is meant; finding it takes longer the older it is.
    /// </value>
    public string? MessageId { get; init; }

    /// <summary>
    /// Gets the number of the branch of the message that the feedback is about.
    /// </summary>
    /// <value>Zero or more, with <see cref="AgentId"/>; null for the current branch. Set to that of the message when it is stored.</value>
    public int? Branch { get; init; }

    /// <summary>
    /// Gets any further fields.
    /// </summary>
    /// <value>
    /// Never null. Values are of the kinds that metadata can hold. A name is not empty, has no NUL and no leading <c>$</c>, and is
    /// not <c>rating</c>, <c>comment</c>, <c>agent_id</c>, <c>message_id</c>, <c>client_message_id</c>, <c>branch</c> or <c>created_at</c>, which are stored beside it.
    /// </value>
    public IReadOnlyDictionary<string, object?> AdditionalProperties { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>
    /// Gets the time at which the feedback was added, in UTC with milliseconds.
    /// </summary>
    /// <value>Set when it is stored; a value given to <see cref="ISessionManager.AddFeedbackAsync"/> is ignored.</value>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>
    /// Gets the time at which the feedback last took the place of an earlier one of its user, or else was added, in UTC with milliseconds.
    /// </summary>
    /// <value>Set when it is stored. Null where <see cref="Id"/> is.</value>
    public DateTimeOffset? UpdatedAt { get; init; }
}
