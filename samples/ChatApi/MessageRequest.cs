using System.ComponentModel.DataAnnotations;

namespace ChatApi;

/// <summary>A user's message.</summary>
public sealed record MessageRequest
{
    /// <summary>The text of the message.</summary>
    [Required, MaxLength(10_000)]
    public required string Text { get; init; }
}
