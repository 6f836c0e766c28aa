using System.Collections.Concurrent;
using SessionManager.Internal.Sessions;

namespace SessionManager;

/// <summary>
/// Records what reaches the storage, and fails when it is told to. Its answers are completed tasks.
/// </summary>
internal sealed partial class FakeSessionRepository : ISessionRepository, ISessionRepositoryProvider
{
    private static readonly Task<IReadOnlyDictionary<string, object?>?> Metadata =
        Task.FromResult<IReadOnlyDictionary<string, object?>?>(new Dictionary<string, object?> { ["tier"] = "gold", ["visits"] = 3 });

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

    public ISessionRepository Repository => this;

    public string? ApplicationName => null;

    public ISessionRepository GetRepository(SessionManagerOptions settings) => this;

    public Task PingAsync(CancellationToken cancellationToken) => Record("ping", cancellationToken);

    public Task UpdateMetadataAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default) =>
        !Records ? Task.CompletedTask : Record($"update {sessionId}: {string.Join(", ", metadata.Select(pair => $"{pair.Key}={pair.Value}"))}", cancellationToken);

    public Task<IReadOnlyDictionary<string, object?>?> GetMetadataAsync(string sessionId, IReadOnlyCollection<string>? keys, CancellationToken cancellationToken = default) =>
        !Records || Record($"get {sessionId}: {(keys is null ? "all" : string.Join(", ", keys))}", cancellationToken) is { IsCompletedSuccessfully: true }
            ? Metadata
            : Task.FromException<IReadOnlyDictionary<string, object?>?>(Failure!);

    public Task DeleteMetadataAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default) =>
        !Records ? Task.CompletedTask : Record($"delete {sessionId}: {string.Join(", ", keys)}", cancellationToken);

    public Task<Feedback> AddFeedbackAsync(string sessionId, Feedback feedback, CancellationToken cancellationToken = default)
    {
        if (!Records)
        {
            return StoredFeedback;
        }

        return Record($"add {sessionId}: {feedback.Rating} {feedback.Comment}", cancellationToken) is { IsCompletedSuccessfully: true }
            ? Task.FromResult(feedback with { CreatedAt = DateTimeOffset.UnixEpoch })
            : Task.FromException<Feedback>(Failure!);
    }

    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(string sessionId, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<Feedback>>([]);

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
