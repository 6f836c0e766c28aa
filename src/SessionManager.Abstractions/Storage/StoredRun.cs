using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Represents the latest run of an agent: the one that goes on, or the last one that has ended.
/// </summary>
/// <remarks>Times are those of the server's clock, so that processes need not agree on theirs.</remarks>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record StoredRun
{
    /// <summary>
    /// Gets what names the run, and is the version of the agent's history: whoever changes its branch leaves a run of another name.
    /// </summary>
    public required string Token { get; init; }

    /// <summary>
    /// Gets who has the run, for people.
    /// </summary>
    public required string Owner { get; init; }

    /// <summary>
    /// Gets the time at which the run began.
    /// </summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>
    /// Gets the time of its latest sign of life.
    /// </summary>
    public required DateTimeOffset RenewedAt { get; init; }

    /// <summary>
    /// Gets how long it is alive from then on.
    /// </summary>
    /// <value>Zero for a run that has ended without knowing what it has stored.</value>
    public required TimeSpan Term { get; init; }

    /// <summary>
    /// Gets the time at which somebody else may take it for dead.
    /// </summary>
    public DateTimeOffset Until => RenewedAt + Term;

    /// <summary>
    /// Gets a value indicating whether the run has ended in order.
    /// </summary>
    public required bool IsReleased { get; init; }

    /// <summary>
    /// Gets a value indicating whether somebody asks the run to stop.
    /// </summary>
    public bool IsStopRequested { get; init; }
}
