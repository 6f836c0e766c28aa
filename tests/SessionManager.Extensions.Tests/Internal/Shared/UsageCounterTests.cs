using MongoDB.Bson.IO;
using MongoDB.Bson;
using SessionManager.Internal.Sessions;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Whether a number of <see cref="EventLoopMetrics"/> is forgotten somewhere.
/// </summary>
public sealed class UsageCounterTests
{
    private static readonly EventLoopMetrics Counted = Count(1);

    [Fact]
    public void All_Counters_AreTheNumbersOfTheMetrics()
    {
        var numbers = typeof(EventLoopMetrics).GetProperties()
            .Where(property => property.CanWrite && (property.PropertyType == typeof(long) || property.PropertyType == typeof(TimeSpan)))
            .ToList();

        Assert.Equal(numbers.Count, UsageCounter.All.Length);
        Assert.All(numbers, number => Assert.NotEqual(number.GetValue(new EventLoopMetrics()), number.GetValue(Counted)));
        Assert.Equal(UsageCounter.All.Length, numbers.Select(number => number.GetValue(Counted)).Distinct().Count());
    }

    [Fact]
    public void All_StoredAndSummed_KeepTheirValues()
    {
        using var reader = new BsonDocumentReader(EventLoopMetricsDocument.ToBson(Counted));
        var group = new BsonDocument { { "_id", new BsonDocument { { "agent", "a" }, { "model", BsonNull.Value } } }, { "turns", 1 } };
        group.AddRange(UsageDocument.GroupByAgentAndModel.Elements.Skip(2).Select(sum => new BsonElement(sum.Name, UsageCounter.All[UsageCounter.IndexOf(sum.Name)].ToBson(Counted))));

        Assert.Equal(Counted, EventLoopMetricsDocument.Read(reader));
        Assert.Equal(Counted, Assert.Single(UsageDocument.Read([group]).Agents).Metrics);
    }

    [Fact]
    public void All_AddedAndSubtracted_GiveWhatTheyWere()
    {
        Assert.Equal(Count(3), UsageCounter.Combine(Counted, Count(2), (value, added) => value + added));
        Assert.Equal(Count(2), Count(3).Since(Counted) with { ToolUsage = Counted.ToolUsage });
        Assert.True(Counted.Since(Counted).IsZero());
    }

    [Fact]
    public void IsZero_AnyCounterIsNot_IsFalse() =>
        Assert.All(UsageCounter.All, counted => Assert.False(UsageCounter.Create([.. UsageCounter.All.Select(counter => counter == counted ? 1L : 0)]).IsZero()));

    [Fact]
    public void ToBson_GetPath_LeadsToTheValue()
    {
        var message = new BsonDocument(Fields.EventLoopMetrics, EventLoopMetricsDocument.ToBson(Counted));

        Assert.All(UsageCounter.All, counter => Assert.Equal(
            counter.ToBson(Counted), counter.GetPath().Split('.').Aggregate((BsonValue)message, (value, name) => value[name])));
    }

    /// <summary>
    /// Creates metrics in which each counter has a value of its own, in whole seconds where it is a time.
    /// </summary>
    private static EventLoopMetrics Count(long factor) =>
        UsageCounter.Create([.. UsageCounter.All.Select((_, index) => factor * (index + 1) * TimeSpan.TicksPerSecond)]);
}
