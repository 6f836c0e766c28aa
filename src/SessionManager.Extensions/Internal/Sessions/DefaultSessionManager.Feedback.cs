using SessionManager.Internal.Hooks;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    /// <inheritdoc/>
    public Task<Feedback?> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feedback);
        ThrowIfDisposed();
        if (hooks is not { Feedback: { IsEmpty: false } chain })
        {
            return storage.AddFeedbackAsync(sessionId, feedback, cancellationToken)!;
        }

        var context = new FeedbackHookContext
        {
            Action = FeedbackAction.Add,
            Session = this,
            Feedback = feedback,
            CancellationToken = cancellationToken,
        };
        return FeedbackOperation.RunAsync(chain, context, storage);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return storage.GetFeedbacksAsync(sessionId, cancellationToken);
    }
}
