using System.Text.Json.Serialization;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// One thing that is wrong, and what mends it.
/// </summary>
internal sealed record DoctorFinding
{
    public required DoctorFindingKind Kind { get; init; }

    public string? SessionId { get; init; }

    public string? AgentId { get; init; }

    /// <summary>
    /// Gets the number of the branch that it is about.
    /// </summary>
    public int? Branch { get; init; }

    /// <summary>
    /// Gets the first position that it is about.
    /// </summary>
    public int? Position { get; init; }

    /// <summary>
    /// Gets the id within its session of the feedback that it is about.
    /// </summary>
    public string? FeedbackId { get; init; }

    /// <summary>
    /// Gets what it is: a sentence, without content.
    /// </summary>
    public required string Detail { get; init; }

    /// <summary>
    /// Gets what <c>--fix</c> does about it, or what a person can do.
    /// </summary>
    public required string Remedy { get; init; }

    /// <summary>
    /// Gets whether <c>--fix</c> can do it.
    /// </summary>
    public bool CanFix => FixAsync is not null;

    /// <summary>
    /// Gets whether it was done.
    /// </summary>
    public bool IsFixed { get; init; }

    /// <summary>
    /// Gets what does it, and returns whether it is done: a server may refuse it, or another writer be quicker.
    /// </summary>
    [JsonIgnore]
    public Func<CancellationToken, Task<bool>>? FixAsync { get; init; }
}
