namespace SessionManager.Tool.Output;

/// <summary>
/// The receipt of an erasure; without an id, what would be erased.
/// </summary>
internal sealed record ShownErasure(
    string? Id,
    long SessionCount,
    long MessageCount,
    long FeedbackCount,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? FinalAt,
    bool IsFinal)
{
    public static ShownErasure Create(ErasureReceipt receipt) =>
        new(receipt.Id, receipt.SessionCount, receipt.MessageCount, receipt.FeedbackCount, receipt.StartedAt, receipt.CompletedAt, receipt.FinalAt, receipt.IsFinal);
}
