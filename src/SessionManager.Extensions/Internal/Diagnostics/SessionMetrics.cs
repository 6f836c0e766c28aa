using System.Diagnostics.Metrics;

namespace SessionManager.Internal.Diagnostics;

/// <summary>
/// Metrics of the meter <c>SessionManager</c>.
/// </summary>
internal abstract class SessionMetrics : IDisposable
{
    public const string MeterName = "SessionManager";

    private readonly Meter? _ownMeter;

    protected SessionMetrics(IMeterFactory? meterFactory)
    {
        // A factory's meter is shared, and the factory disposes it.
        Meter = meterFactory?.Create(MeterName) ?? (_ownMeter = new Meter(MeterName));
    }

    protected Meter Meter { get; }

    /// <inheritdoc/>
    public void Dispose() => _ownMeter?.Dispose();
}
