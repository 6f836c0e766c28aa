using SessionManager.Internal.Hooks;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    /// <inheritdoc/>
    public Task<Feedback?> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        ThrowIfDisposed();
        if (hooks is not { Feedback: { Length: > 0 } chain })
        {
            return repository.AddFeedbackAsync(sessionId, feedback, cancellationToken)!;
        }

        var context = new FeedbackHookContext
        {
            Action = FeedbackAction.Add,
            Session = this,
            Feedback = feedback,
            CancellationToken = cancellationToken,
        };
        return FeedbackHookCall.RunAsync(chain, context, repository);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return repository.GetFeedbacksAsync(sessionId, cancellationToken);
    }
}
