namespace SessionManager;

/// <summary>
/// Thrown by an <see cref="ISessionEventSink"/> that knows whether and when to try again.
/// </summary>
public sealed class SessionEventDeliveryException : Exception
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionEventDeliveryException"/> class.
    /// </summary>
    /// <param name="message">What is wrong. It is logged: put no content of the session into it.</param>
    /// <param name="isTransient">Whether another attempt may succeed.</param>
    /// <param name="retryAfter">
    /// The time to wait before that, up to <c>LongestRetryDelay</c>, or null where none is known. A shorter time than the
    /// delay that is due has no effect.
    /// </param>
    /// <param name="innerException">The cause, or null.</param>
    public SessionEventDeliveryException(string message, bool isTransient, TimeSpan? retryAfter = null, Exception? innerException = null)
        : base(message, innerException)
    {
        IsTransient = isTransient;
        RetryAfter = retryAfter;
    }

    /// <summary>
    /// Gets a value indicating whether another attempt may succeed.
    /// </summary>
    /// <value>When false, the event is given up at once.</value>
    public bool IsTransient { get; }

    /// <summary>
    /// Gets the time to wait before the next attempt.
    /// </summary>
    /// <value>Null where the receiver has not asked for one.</value>
    public TimeSpan? RetryAfter { get; }
}
