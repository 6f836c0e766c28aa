using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The sums of metrics that the server makes.
/// </summary>
internal static class UsageDocument
{
    private const string Agent = "agent";
    private const string Model = "model";
    private const string TurnCount = "turns";

    /// <summary>
    /// Gets the body of a <c>$group</c> over messages with metrics.
    /// </summary>
    public static BsonDocument GroupByAgentAndModel { get; } = new BsonDocument
    {
        {
            Fields.Id,
            new BsonDocument
            {
                { Agent, $"${Fields.AgentId}" },
                { Model, $"${EventLoopMetricsDocument.ModelPath}" },
            }
        },
        { TurnCount, new BsonDocument("$sum", 1) },
    }.AddRange(UsageCounter.All.Select(static counter => new BsonElement(counter.Name, new BsonDocument("$sum", $"${counter.GetPath()}"))));

    // A turn whose agent is no text counts for none.
    public static SessionUsage Read(IEnumerable<BsonDocument> groups) => SessionUsage.Sum(groups.Where(static group => group[Fields.Id][Agent].IsString).Select(Read));

    private static AgentUsage Read(BsonDocument group)
    {
        var key = group[Fields.Id].AsBsonDocument;
        var model = key.GetValue(Model, BsonNull.Value) is BsonString name ? name.Value : null;
        return new AgentUsage
        {
            AgentId = key[Agent].AsString,
            Model = model,
            TurnCount = group[TurnCount].ToInt32(),
            Metrics = UsageCounter.Create([.. UsageCounter.All.Select(counter => counter.Read(group[counter.Name]))], model),
        };
    }
}
