using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Shared;

/// <content>
/// The counter in a stored message.
/// </content>
internal sealed partial class UsageCounter
{
    /// <summary>
    /// Gets the path in a stored message.
    /// </summary>
    public string Path => $"{Fields.EventLoopMetrics}.{Part}.{Name}";

    public BsonValue ToBson(EventLoopMetrics metrics) => _unit switch
    {
        Unit.Milliseconds => BsonNumbers.ToBson((long)Math.Round(TimeSpan.FromTicks(_get(metrics)).TotalMilliseconds)),
        Unit.Seconds => TimeSpan.FromTicks(_get(metrics)).TotalSeconds,
        _ => BsonNumbers.ToBson(_get(metrics)),
    };

    public EventLoopMetrics Read(EventLoopMetrics metrics, IBsonReader reader) =>
        Set(metrics, _unit == Unit.Count ? BsonNumbers.ReadInt64(reader) : ToTicks(BsonNumbers.ReadDouble(reader)));

    public EventLoopMetrics Read(EventLoopMetrics metrics, BsonValue value) =>
        Set(metrics, _unit == Unit.Count ? value.ToInt64() : ToTicks(value.ToDouble()));

    private long ToTicks(double time) => (_unit == Unit.Milliseconds ? TimeSpan.FromMilliseconds(time) : TimeSpan.FromSeconds(time)).Ticks;
}
