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

    public static long Read(this UsageCounter counter, IBsonReader reader) =>
        counter.Unit == UsageUnit.Count ? BsonNumbers.ReadInt64(reader) : ToTicks(counter, BsonNumbers.ReadDouble(reader));

    public static long Read(this UsageCounter counter, BsonValue value) =>
        counter.Unit == UsageUnit.Count ? value.ToInt64() : ToTicks(counter, value.ToDouble());

    private static long ToTicks(UsageCounter counter, double time) =>
        (counter.Unit == UsageUnit.Milliseconds ? TimeSpan.FromMilliseconds(time) : TimeSpan.FromSeconds(time)).Ticks;
}
