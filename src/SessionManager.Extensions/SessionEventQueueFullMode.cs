namespace SessionManager;

/// <summary>
/// Says what becomes of an event that finds its queue full.
/// </summary>
public enum SessionEventQueueFullMode
{
    /// <summary>The event is dropped, counted and logged. The operation that caused it does not wait.</summary>
    DropNewest,

    /// <summary>
    /// The operation that caused it waits for room. Its change is stored by then. When it is cancelled meanwhile, the event
    /// is dropped.
    /// </summary>
    Wait,
}
