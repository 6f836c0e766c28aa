namespace SessionManager;

/// <summary>
/// Thrown when a session is asked for and it is not known whose it is, though an <see cref="ISessionOwnerProvider"/> is registered. Nothing was
/// sent. A web application answers it with 401.
/// </summary>
public sealed class SessionOwnerRequiredException : InvalidOperationException
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionOwnerRequiredException"/> class.
    /// </summary>
    public SessionOwnerRequiredException()
        : base($"It is not known whose the session is: the registered {nameof(ISessionOwnerProvider)} has named no owner. Where there is no request, such as in a "
            + $"background service, name the owner by {nameof(ISessionManagerFactory)}.{nameof(ISessionManagerFactory.ForOwner)}.")
    {
    }
}
