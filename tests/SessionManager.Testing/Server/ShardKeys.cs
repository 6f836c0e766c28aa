using MongoDB.Bson;

namespace SessionManager.Testing.Server;

/// <summary>
/// Finds the sessions that a command is for, as a router of a sharded cluster does: by equality to the shard key, which is
/// <c>_id</c> of sessions and <c>session_id</c> of messages.
/// </summary>
public static class ShardKeys
{
    /// <summary>
    /// Gets whether a command goes to more shards than one. Creating indexes, listing sessions, sweeping and the erasure of an owner may,
    /// and what is no command on documents.
    /// </summary>
    public static bool IsUntargeted(BsonDocument command) => command.GetElement(0).Name switch
    {
        _ when IsOfOwners(command) => false,
        "find" when IsListing(command) || IsSweeping(command) || IsErasing(command) => false,
        "find" or "findAndModify" or "count" or "distinct" or "update" or "delete" or "insert" or "aggregate" => Find(command).Contains(null),
        _ => false,
    };

    /// <summary>
    /// Gets the session ids of a command, one for each filter and each inserted document, with null for one that goes to
    /// every shard.
    /// </summary>
    public static IReadOnlyList<string?> Find(BsonDocument command)
    {
        var (name, target) = (command.GetElement(0).Name, command[0].ToString()!);
        return name switch
        {
            "find" => [Find(target, command["filter"])],
            "findAndModify" or "count" or "distinct" => [Find(target, command["query"])],
            "update" => [.. command["updates"].AsBsonArray.Select(update => Find(target, update["q"]))],
            "delete" => [.. command["deletes"].AsBsonArray.Select(delete => Find(target, delete["q"]))],
            "insert" => [.. command["documents"].AsBsonArray.Select(document => Find(target, document))],
            "aggregate" => FindInPipeline(target, command["pipeline"].AsBsonArray),
            _ => [null],
        };
    }

    private static bool IsListing(BsonDocument find) =>
        GetKey(find[0].AsString) == "_id" && find.GetValue("sort", BsonNull.Value) is BsonDocument sort && sort.Names.Last() == "_id";

    // What is left of deleted sessions is looked for once an hour.
    private static bool IsSweeping(BsonDocument find) => find["filter"] is BsonDocument { ElementCount: 1 } filter && filter.Contains("sweep_at");

    // What is kept of owners is small, and in a collection that is not sharded.
    private static bool IsOfOwners(BsonDocument command) => command[0] is BsonString { Value: var target } && target.EndsWith("_owners", StringComparison.Ordinal);

    // The messages of an owner are looked for, whatever session they are of.
    private static bool IsErasing(BsonDocument find) =>
        find["filter"] is BsonDocument { ElementCount: 1 } filter && filter.GetValue("_id", BsonNull.Value) is BsonDocument range && range.Names.SequenceEqual(["$gte", "$lt"]);

    private static string?[] FindInPipeline(string target, BsonArray pipeline)
    {
        var first = pipeline.FirstOrDefault()?.AsBsonDocument.GetValue("$match", BsonNull.Value) ?? BsonNull.Value;
        return [Find(target, first), .. pipeline.SelectMany(stage => FindInStage(stage.AsBsonDocument.GetElement(0)))];
    }

    private static string?[] FindInStage(BsonElement stage) => stage.Name switch
    {
        "$unionWith" or "$lookup" or "$graphLookup" or "$merge" or "$out" => [null],
        _ => [],
    };

    private static string? Find(string target, BsonValue filter) =>
        filter is BsonDocument document && document.GetValue(GetKey(target), BsonNull.Value) is BsonString id ? id.Value : null;

    private static string GetKey(string target) => target.EndsWith("_messages", StringComparison.Ordinal) || target.EndsWith("_feedback", StringComparison.Ordinal) ? "session_id" : "_id";
}
