using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of an agent's latest run, <c>run</c> of the agent.
/// </summary>
/// <remarks>It stays after its end: its token is the version of the agent's history.</remarks>
internal static class RunDocument
{
    public const string Renewed = "renewed";
    public const string Term = "term";
    public const string Released = "released";

    private const string Owner = "owner";
    private const string Since = "since";
    private const string Stop = "stop";

    // A day, in milliseconds: whatever another writer has left there.
    private const long LongestTerm = 24 * 60 * 60 * 1000;

    /// <summary>
    /// Gets the filter for an agent without a run that goes on, or with this one.
    /// </summary>
    public static BsonElement ToFreeFilter(string agentPath, RunRequest run)
    {
        var token = $"{agentPath}.{Fields.Run}.{Fields.Token}";
        return new("$or", new BsonArray
        {
            new BsonDocument(token, new BsonDocument("$not", new BsonDocument("$type", "string"))),
            new BsonDocument($"{agentPath}.{Fields.Run}.{Released}", true),
            new BsonDocument(token, run.Token),
        });
    }

    /// <summary>
    /// Gets the filter for an agent whose run goes on.
    /// </summary>
    public static BsonDocument ToRunningFilter(string agentPath, string? token) => new()
    {
        { $"{agentPath}.{Fields.Run}.{Fields.Token}", token is null ? new BsonDocument("$type", "string") : token },
        { $"{agentPath}.{Fields.Run}.{Released}", false },
    };

    /// <summary>
    /// Gets the filter for a session in which a run has ended in order.
    /// </summary>
    public static BsonDocument ToReleasedFilter(string sessionId, string agentId, string token)
    {
        var path = $"{Fields.AgentPath(agentId)}.{Fields.Run}";
        return new BsonDocument { { Fields.Id, sessionId }, { $"{path}.{Fields.Token}", token }, { $"{path}.{Released}", true } };
    }

    /// <summary>
    /// Gets the update that gives an agent a run, by the server's clock.
    /// </summary>
    public static BsonDocument ToBegin(string agentPath, RunRequest run, bool isReleased = false)
    {
        var path = $"{agentPath}.{Fields.Run}";
        return new BsonDocument
        {
            {
                "$set",
                new BsonDocument
                {
                    { $"{path}.{Fields.Token}", run.Token },
                    { $"{path}.{Owner}", run.Owner },
                    { $"{path}.{Term}", (long)run.Term.TotalMilliseconds },
                    { $"{path}.{Released}", isReleased },
                }
            },
            { "$currentDate", new BsonDocument { { $"{path}.{Since}", true }, { $"{path}.{Renewed}", true } } },
            { "$unset", new BsonDocument($"{path}.{Stop}", "") },
        };
    }

    /// <summary>
    /// Gets the update that notes that a run is alive.
    /// </summary>
    public static BsonDocument ToRenewal(string agentPath, RunRequest run) => new()
    {
        { "$set", new BsonDocument($"{agentPath}.{Fields.Run}.{Term}", (long)run.Term.TotalMilliseconds) },
        { "$currentDate", new BsonDocument($"{agentPath}.{Fields.Run}.{Renewed}", true) },
    };

    /// <summary>
    /// Gets the update that asks a run to stop.
    /// </summary>
    public static BsonDocument ToStop(string agentPath) => new("$set", new BsonDocument($"{agentPath}.{Fields.Run}.{Stop}", true));

    /// <summary>
    /// Reads the latest run of an agent; null where there was none.
    /// </summary>
    public static StoredRun? Read(BsonDocument agent, ref DamagedFields damaged)
    {
        var field = agent.GetValue(Fields.Run, BsonNull.Value);
        if (field is BsonDocument run && run.GetValue(Fields.Token, BsonNull.Value) is BsonString token)
        {
            var term = run.GetValue(Term, BsonNull.Value) is { IsNumeric: true } number && BsonNumbers.TryGetInt64(number, out var milliseconds) ? milliseconds : 0;
            return new StoredRun
            {
                Token = token.Value,
                Owner = run.GetValue(Owner, BsonNull.Value) is BsonString owner ? owner.Value : "",
                Since = ReadTime(run, Since),
                RenewedAt = ReadTime(run, Renewed),
                Term = TimeSpan.FromMilliseconds(Math.Clamp(term, 0, LongestTerm)),
                IsReleased = run.GetValue(Released, false) == true,
                IsStopRequested = run.GetValue(Stop, false) == true,
            };
        }

        if (field is not BsonNull)
        {
            damaged.Add(Fields.Run);
        }

        return null;
    }

    private static DateTimeOffset ReadTime(BsonDocument run, string name) =>
        run.GetValue(name, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) ?? default : default;
}
