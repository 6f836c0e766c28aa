using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.ReplicaSets;

/// <summary>The replica set whose only member, and so its primary, the gateway is.</summary>
internal sealed class ReplicaSet(string address)
{
    public const string Name = "gateway";

    private readonly ObjectId _electionId = ObjectId.GenerateNewId();
    private readonly Lock _lock = new();
    private BsonTimestamp _time = new(0);

    /// <summary>Adds what a member says of its set.</summary>
    public BsonDocument Introduce(BsonDocument hello) => hello.AddRange(new BsonDocument
    {
        { "setName", Name },
        { "setVersion", 1 },
        { "secondary", false },
        { "primary", address },
        { "hosts", new BsonArray { address } },
        { "me", address },
        { "electionId", _electionId },
        { "lastWrite", new BsonDocument("lastWriteDate", TimeProvider.System.GetUtcNow().UtcDateTime) },
    });

    /// <summary>Adds the times by which clients order what they have seen.</summary>
    public ReadOnlyMemory<byte> AddTimes(ReadOnlySpan<byte> reply)
    {
        var time = Advance();
        return BsonElements.Append(reply, new BsonDocument
        {
            { "operationTime", time },
            {
                "$clusterTime", new BsonDocument
                {
                    { "clusterTime", time },
                    { "signature", new BsonDocument { { "hash", new BsonBinaryData(new byte[20]) }, { "keyId", 0L } } },
                }
            },
        });
    }

    // Seconds with a counter in each, which never goes back.
    private BsonTimestamp Advance()
    {
        var now = new BsonTimestamp((int)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 1);
        lock (_lock)
        {
            return _time = now > _time ? now : new BsonTimestamp(_time.Value + 1);
        }
    }
}
