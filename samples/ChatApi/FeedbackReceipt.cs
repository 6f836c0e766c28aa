namespace ChatApi;

/// <summary>Says that feedback was stored.</summary>
public sealed record FeedbackReceipt
{
    /// <summary>When it was stored.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}
