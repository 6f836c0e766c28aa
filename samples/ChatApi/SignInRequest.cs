using System.ComponentModel.DataAnnotations;

namespace ChatApi;

/// <summary>Who somebody says they are.</summary>
public sealed record SignInRequest
{
    /// <summary>The name of the user.</summary>
    [Required, StringLength(100, MinimumLength = 1)]
    public required string User { get; init; }
}
