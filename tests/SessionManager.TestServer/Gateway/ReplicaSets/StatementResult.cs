using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.ReplicaSets;

/// <summary>What one statement has done, for the reply to its retry.</summary>
internal sealed record StatementResult(int Count, int Modified = 0, BsonValue? UpsertedId = null)
{
    public static readonly StatementResult Inserted = new(1);

    /// <summary>Reads the reply to an update or delete of one statement.</summary>
    /// <returns>The result or, if nothing was written, nothing: MongoDB remembers writes only, and tries again.</returns>
    public static StatementResult? Of(BsonDocument reply)
    {
        var upserted = reply.GetValue("upserted", new BsonArray()).AsBsonArray;
        var result = new StatementResult(
            reply["n"].ToInt32(),
            reply.GetValue("nModified", 0).ToInt32(),
            upserted.Count > 0 ? upserted[0]["_id"] : null);
        var hasWritten = reply.Contains("nModified") ? result.Modified > 0 || upserted.Count > 0 : result.Count > 0;
        return hasWritten ? result : null;
    }
}
