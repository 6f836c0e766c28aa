using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>Answers an aggregation with <c>$unionWith</c> in an order that MongoDB does not rule out.</summary>
internal static class UnionOrder
{
    private const string Union = "$unionWith";

    public static bool ActsOn(Command command) =>
        command.Name == "aggregate" && IndexOfUnion(command.ToDocument()["pipeline"].AsBsonArray) >= 0;

    public static Task<ReadOnlyMemory<byte>> ExecuteAsync(
        string order, Command command, Func<Command, Task<ReadOnlyMemory<byte>>> executeAsync) => order switch
    {
        "last" => executeAsync(Swap(command)),
        "mixed" => MixAsync(executeAsync(command)),
        _ => throw new CommandException(MongoError.BadValue, $"the order is 'last' or 'mixed', not '{order}'"),
    };

    // What was the outer collection becomes the inner one: the same documents, its own last.
    private static Command Swap(Command command)
    {
        var aggregate = command.ToDocument();
        var stages = aggregate["pipeline"].AsBsonArray;
        var at = IndexOfUnion(stages);
        var union = stages[at][Union];
        var (inner, pipeline) = union.IsString
            ? (union.AsString, new BsonArray())
            : (union["coll"].AsString, union.AsBsonDocument.GetValue("pipeline", new BsonArray()).AsBsonArray);
        var outer = new BsonDocument
        {
            { "coll", command.Target },
            { "pipeline", new BsonArray(stages.Take(at)) },
        };
        aggregate["aggregate"] = inner;
        aggregate["pipeline"] = new BsonArray([.. pipeline, new BsonDocument(Union, outer), .. stages.Skip(at + 1)]);
        return command with { Target = inner, Body = aggregate.ToBson() };
    }

    // Every other document first: what stood first is in the middle, and neighbours are apart.
    private static async Task<ReadOnlyMemory<byte>> MixAsync(Task<ReadOnlyMemory<byte>> executing)
    {
        var reply = BsonSerializer.Deserialize<BsonDocument>((await executing).ToArray());
        var batch = reply["cursor"]["firstBatch"].AsBsonArray;
        reply["cursor"]["firstBatch"] = new BsonArray(batch.Where((_, i) => i % 2 == 1).Concat(batch.Where((_, i) => i % 2 == 0)));
        return reply.ToBson();
    }

    private static int IndexOfUnion(BsonArray stages) =>
        stages.ToList().FindIndex(stage => stage.AsBsonDocument.Contains(Union));
}
