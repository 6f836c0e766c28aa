using System.ComponentModel.DataAnnotations;

namespace ChatApi;

/// <summary>A user's message.</summary>
public sealed record MessageRequest
{
    /// <summary>The text of the message.</summary>
    [Required, MaxLength(10_000)]
    public required string Text { get; init; }

    /// <summary>An id that the client has made for the message, the same when it sends the message again.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string? MessageId { get; init; }
}
