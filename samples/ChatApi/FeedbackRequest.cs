using System.ComponentModel.DataAnnotations;
using SessionManager;

namespace ChatApi;

/// <summary>What a user thinks of a session, or of one message of it.</summary>
public sealed record FeedbackRequest
{
    /// <summary>Whether the user was content: `up` or `down`.</summary>
    public FeedbackRating? Rating { get; init; }

    /// <summary>What the user wrote.</summary>
    [MaxLength(2_000)]
    public string? Comment { get; init; }

    /// <summary>The id of the message, or nothing for the whole session.</summary>
    [StringLength(200, MinimumLength = 1)]
    public string? MessageId { get; init; }

    /// <summary>The position of the message, which names it as well.</summary>
    [Range(0, int.MaxValue)]
    public int? Position { get; init; }
}
