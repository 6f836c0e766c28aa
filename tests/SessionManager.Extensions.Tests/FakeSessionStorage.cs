using System.Collections.Concurrent;

namespace SessionManager;

/// <summary>
/// Records what reaches the storage, and fails when it is told to. Its answers are completed tasks.
/// </summary>
internal sealed partial class FakeSessionStorage : SessionStorage
{
    private static readonly Task<IReadOnlyDictionary<string, object?>?> Metadata =
        Task.FromResult<IReadOnlyDictionary<string, object?>?>(new Dictionary<string, object?> { ["tier"] = "gold", ["visits"] = 3 });

    // Feedback on a message looks for the branch of its agent.
    private static readonly Task<StoredAgent?> NoAgent = Task.FromResult<StoredAgent?>(null);

    private static readonly Task<Feedback> StoredFeedback = Task.FromResult(new Feedback { CreatedAt = DateTimeOffset.UnixEpoch });

    /// <summary>
    /// The operations that were carried out, as text.
    /// </summary>
    public ConcurrentQueue<string> Operations { get; } = [];

    public Exception? Failure { get; set; }

    /// <summary>
    /// The number of operations that time out before others succeed.
    /// </summary>
    public int FailuresLeft { get; set; }

    /// <summary>
    /// Whether operations are recorded, which allocates.
    /// </summary>
    public bool Records { get; init; } = true;

    /// <summary>
    /// Whether a session that is to be created is there.
    /// </summary>
    public bool HasSession { get; set; }

    public override Task PingAsync(CancellationToken cancellationToken = default) => Record("ping", cancellationToken);

    protected override async Task<bool> CreateSessionCoreAsync(string sessionId, string? applicationName, IReadOnlyDictionary<string, object?>? metadata, bool revivesDeleted, CancellationToken cancellationToken)
    {
        await Record($"create {sessionId} of {applicationName}: {(metadata is null ? "none" : ToText(metadata))}", cancellationToken);
        return !HasSession;
    }

    protected override async Task<bool> ForkSessionCoreAsync(string sessionId, string targetId, string? applicationName, IReadOnlyDictionary<string, int> messageCounts, CancellationToken cancellationToken)
    {
        await Record($"fork {sessionId} to {targetId} of {applicationName}: {string.Join(", ", messageCounts)}", cancellationToken);
        return !HasSession;
    }

    protected override Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken) =>
        !Records ? Task.CompletedTask : Record($"update {sessionId}: {ToText(metadata)}", cancellationToken);

    protected override Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(string sessionId, IReadOnlyCollection<string>? keys, CancellationToken cancellationToken) =>
        !Records || Record($"get {sessionId}: {(keys is null ? "all" : string.Join(", ", keys))}", cancellationToken) is { IsCompletedSuccessfully: true }
            ? Metadata
            : Task.FromException<IReadOnlyDictionary<string, object?>?>(Failure!);

    protected override async Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken)
    {
        await Record($"increment {sessionId}: {key} by {amount}", cancellationToken);
        return 40 + amount;
    }

    protected override Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        !Records ? Task.CompletedTask : Record($"delete {sessionId}: {string.Join(", ", keys)}", cancellationToken);

    protected override Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken)
    {
        if (!Records)
        {
            return StoredFeedback;
        }

        return Record($"add {sessionId}: {feedback.Rating} {feedback.Comment}", cancellationToken) is { IsCompletedSuccessfully: true }
            ? Task.FromResult(feedback with { CreatedAt = DateTimeOffset.UnixEpoch })
            : Task.FromException<Feedback>(Failure!);
    }

    protected override Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Feedback>>([]);

    protected override Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken) =>
        Task.FromResult(new FeedbackPage { Feedbacks = [] });

    protected override async Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken)
    {
        await Record($"delete {sessionId}: {feedbackId}", cancellationToken);
        return feedbackId != "missing";
    }

    private static string ToText(IReadOnlyDictionary<string, object?> metadata) => string.Join(", ", metadata.Select(pair => $"{pair.Key}={pair.Value}"));

    private Task Record(string operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Failure is not null)
        {
            return Task.FromException(Failure);
        }

        if (FailuresLeft-- > 0)
        {
            return Task.FromException(new TimeoutException());
        }

        Operations.Enqueue(operation);
        return Task.CompletedTask;
    }
}
