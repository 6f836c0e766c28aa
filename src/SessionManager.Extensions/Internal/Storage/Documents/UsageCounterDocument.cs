using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of a <see cref="UsageCounter"/>.
/// </summary>
internal static class UsageCounterDocument
{
    /// <summary>
    /// Gets the path in a stored message.
    /// </summary>
    public static string GetPath(this UsageCounter counter) => $"{Fields.EventLoopMetrics}.{counter.Part}.{counter.Name}";

    public static BsonValue ToBson(this UsageCounter counter, EventLoopMetrics metrics) => counter.Unit switch
    {
        UsageUnit.Milliseconds => BsonNumbers.ToBson((long)Math.Round(TimeSpan.FromTicks(counter.Get(metrics)).TotalMilliseconds)),
        UsageUnit.Seconds => TimeSpan.FromTicks(counter.Get(metrics)).TotalSeconds,
        _ => BsonNumbers.ToBson(counter.Get(metrics)),
    };

    /// <summary>
    /// Reads the counter from a message. A value that it cannot have is skipped, and zero.
    /// </summary>
    public static bool TryRead(this UsageCounter counter, IBsonReader reader, out long value) =>
        counter.Unit == UsageUnit.Count
            ? BsonNumbers.TryReadInt64(reader, out value)
            : TryReadTicks(reader, GetTicksPerUnit(counter), out value);

    /// <summary>
    /// Reads the counter from a sum that the server made. It passes over what is no number; what exceeds the counter is zero.
    /// </summary>
    public static long Read(this UsageCounter counter, BsonValue value)
    {
        if (counter.Unit == UsageUnit.Count)
        {
            return BsonNumbers.TryGetInt64(value, out var count) ? count : 0;
        }

        return TryGetTicks(value.ToDouble(), GetTicksPerUnit(counter), out var ticks) ? ticks : 0;
    }

    /// <summary>
    /// Reads a time in whatever unit. What is none, or exceeds a <see cref="TimeSpan"/>, is skipped, and zero.
    /// </summary>
    public static bool TryReadTicks(IBsonReader reader, long ticksPerUnit, out long ticks)
    {
        ticks = 0;
        return BsonNumbers.TryReadDouble(reader, out var time) && TryGetTicks(time, ticksPerUnit, out ticks);
    }

    private static long GetTicksPerUnit(UsageCounter counter) =>
        counter.Unit == UsageUnit.Milliseconds ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerSecond;

    private static bool TryGetTicks(double time, long ticksPerUnit, out long ticks)
    {
        // Truncated, as TimeSpan.FromSeconds does.
        var exact = time * ticksPerUnit;
        var fits = Math.Abs(exact) < long.MaxValue;
        ticks = fits ? (long)exact : 0;
        return fits;
    }
}
