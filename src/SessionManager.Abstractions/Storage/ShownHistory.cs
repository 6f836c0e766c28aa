using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Represents what a list of sessions shows of one agent's history. It is kept with the agent, by the updates of the agent that there are.
/// </summary>
/// <remarks>
/// Null is what is not known. In an update, what is higher takes the place of what is stored, so that updates may come in any order;
/// <see cref="Merge"/> does that. A change of the history by <see cref="HistoryChange"/> sets the number of messages and removes the preview.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record ShownHistory
{
    /// <summary>
    /// Gets the number of messages of the history.
    /// </summary>
    public int? MessageCount { get; init; }

    /// <summary>
    /// Gets the time at which a message was last appended.
    /// </summary>
    public DateTimeOffset? LastMessageAt { get; init; }

    /// <summary>
    /// Gets the beginning of the latest message that a person would read.
    /// </summary>
    public ShownMessage? Preview { get; init; }

    /// <summary>
    /// Gets what a history that is stored becomes by an update.
    /// </summary>
    /// <param name="stored">What is stored, or null for nothing.</param>
    /// <param name="update">The update, or null for none.</param>
    /// <returns>What is to be stored; null where both are null.</returns>
    public static ShownHistory? Merge(ShownHistory? stored, ShownHistory? update) => stored is null || update is null
        ? stored ?? update
        : new ShownHistory
        {
            MessageCount = Max(stored.MessageCount, update.MessageCount),
            LastMessageAt = Max(stored.LastMessageAt, update.LastMessageAt),
            Preview = stored.Preview is { } before && (update.Preview is not { } after || (after.Position, after.ChangedAt).CompareTo((before.Position, before.ChangedAt)) <= 0)
                ? before
                : update.Preview,
        };

    private static T? Max<T>(T? first, T? second)
        where T : struct, IComparable<T> =>
        first is null || second?.CompareTo(first.Value) > 0 ? second : first;
}
