namespace SessionManager;

/// <summary>
/// Takes the changes of sessions to another system, in the background, after they have been stored.
/// </summary>
/// <remarks>
/// <para>
/// Each event is delivered at least once as long as the process lives, its queue has room and the attempts that are
/// configured last. It may come again, after an attempt that failed or timed out: tell that by <see cref="SessionEvent.Id"/>.
/// Nothing survives the end of the process.
/// </para>
/// <para>
/// The events of one session come one after another, in the order in which this process stored them. Those of different
/// sessions come concurrently.
/// </para>
/// <para>
/// A sink is resolved in a scope of its own for each attempt. One that is registered as a singleton must be thread-safe.
/// </para>
/// </remarks>
public interface ISessionEventSink
{
    /// <summary>
    /// Delivers an event.
    /// </summary>
    /// <param name="sessionEvent">The event.</param>
    /// <param name="cancellationToken">Is cancelled when the attempt takes too long and when the host's time to stop is over.</param>
    /// <returns>A task that ends when the event has been delivered.</returns>
    /// <exception cref="SessionEventDeliveryException">
    /// The event was not delivered, and more is known about why. Any other exception means that it may be tried again.
    /// </exception>
    ValueTask DeliverAsync(SessionEvent sessionEvent, CancellationToken cancellationToken);
}
