namespace SessionManager.Internal.Shared;

/// <summary>
/// Measures one call of a model, from its construction on.
/// </summary>
internal sealed class ModelCall(TimeProvider timeProvider)
{
    private readonly long _start = timeProvider.GetTimestamp();

    /// <summary>
    /// Gets the time until the first part of a streamed response came, or null.
    /// </summary>
    public TimeSpan? TimeToFirstByte { get; private set; }

    public TimeSpan GetElapsedTime() => timeProvider.GetElapsedTime(_start);

    public void PartReceived() => TimeToFirstByte ??= GetElapsedTime();
}
