namespace SessionManager;

/// <summary>
/// Says what <see cref="SessionCatalog.EraseAsync"/> has erased, and when. It holds nothing of the owner: who keeps its id knows whose it is.
/// </summary>
public sealed record ErasureReceipt
{
    /// <summary>
    /// Gets the id of the erasure, which is random.
    /// </summary>
    /// <value>32 hexadecimal digits.</value>
    public required string Id { get; init; }

    /// <summary>
    /// Gets the time at which it began.
    /// </summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// Gets the time at which everything was erased that was stored up to then.
    /// </summary>
    /// <value>Null while it goes on, or where it was stopped: <see cref="SessionCatalog.EraseAsync"/> or the sweep goes on with it.</value>
    public required DateTimeOffset? CompletedAt { get; init; }

    /// <summary>
    /// Gets the time from which on nothing stays known of the sessions, so that the next sweep removes the last that names their owner: the keys
    /// that say that they were there, and what a writer may have appended that had not heard of it.
    /// </summary>
    /// <value>Null for as long as <see cref="CompletedAt"/> is.</value>
    public required DateTimeOffset? FinalAt { get; init; }

    /// <summary>
    /// Gets a value indicating whether nothing that names the owner is stored any more of what was erased.
    /// </summary>
    public required bool IsFinal { get; init; }

    /// <summary>
    /// Gets the number of sessions that were there. One that was begun anew while they were erased counts again.
    /// </summary>
    public required long SessionCount { get; init; }

    /// <summary>
    /// Gets the number of messages that were erased, on all branches, with those that earlier sessions of the owner have left.
    /// </summary>
    public required long MessageCount { get; init; }

    /// <summary>
    /// Gets the number of feedbacks that were erased beside the sessions.
    /// </summary>
    public required long FeedbackCount { get; init; }
}
