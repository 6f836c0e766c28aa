namespace ChatApi;

/// <summary>A page of a session's history.</summary>
public sealed record HistoryPage
{
    /// <summary>The messages, oldest first.</summary>
    public required IReadOnlyList<HistoryMessage> Messages { get; init; }

    /// <summary>What `before` has to be for the next older page. There is none where it is missing.</summary>
    public int? Before { get; init; }
}
