using System.ComponentModel.DataAnnotations;

namespace SessionManager;

/// <summary>
/// Represents how the changes of sessions get to an <see cref="ISessionEventSink"/>.
/// </summary>
public sealed class SessionEventDeliveryOptions
{
    /// <summary>
    /// Gets or sets the number of events that may wait for delivery.
    /// </summary>
    /// <value>The default is 10,000.</value>
    /// <remarks>From 1 to 1,000,000. Each worker has an equal share, so that a busy session takes no room from the others.</remarks>
    [Range(1, 1_000_000)]
    public int Capacity { get; set; } = 10_000;

    /// <summary>
    /// Gets or sets what becomes of an event that finds its queue full.
    /// </summary>
    /// <value>The default is <see cref="SessionEventQueueFullMode.DropNewest"/>.</value>
    [EnumDataType(typeof(SessionEventQueueFullMode))]
    public SessionEventQueueFullMode FullMode { get; set; } = SessionEventQueueFullMode.DropNewest;

    /// <summary>
    /// Gets or sets the number of events that are delivered at the same time.
    /// </summary>
    /// <value>The default is 4.</value>
    /// <remarks>From 1 to 64. The events of one session always have the same worker, and so keep their order.</remarks>
    [Range(1, 64)]
    public int Workers { get; set; } = 4;

    /// <summary>
    /// Gets or sets the number of attempts to deliver an event, the first one included.
    /// </summary>
    /// <value>The default is 8.</value>
    /// <remarks>From 1 to 100. Later events of the same worker wait while an event is tried again.</remarks>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>
    /// Gets or sets the time that one attempt may take.
    /// </summary>
    /// <value>The default is 30 seconds.</value>
    /// <remarks>From 1 millisecond to 1 hour.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Gets or sets the longest time between the first attempt and the second.
    /// </summary>
    /// <value>The default is 1 second.</value>
    /// <remarks>
    /// From 1 millisecond to 1 hour. It doubles with each attempt; a random part of up to a half is taken off, so that many
    /// processes do not try at the same moment.
    /// </remarks>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan FirstRetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Gets or sets the longest time between two attempts.
    /// </summary>
    /// <value>The default is 5 minutes.</value>
    /// <remarks>
    /// Not shorter than <see cref="FirstRetryDelay"/>, and at most 1 day. A time that the receiver asks for is kept, up to
    /// this one.
    /// </remarks>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan LongestRetryDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Gets or sets the metadata fields whose changes are delivered.
    /// </summary>
    /// <value>The default is an empty list, which means all fields.</value>
    /// <remarks>
    /// Paths such as <c>customer.tier</c>. Each stands for itself and what is inside. A change that touches none of them
    /// is not delivered; one that touches some is delivered without the others. Feedback is not concerned.
    /// </remarks>
    [Required]
    public IList<string> DeliveredFields { get; set; } = [];

    /// <summary>
    /// Gets or sets a condition for events.
    /// </summary>
    /// <value>The default is <see langword="null"/>, all events.</value>
    /// <remarks>It must be thread-safe and fast: the operation waits for it. An event for which it throws is dropped.</remarks>
    public Func<SessionEvent, bool>? Filter { get; set; }
}
