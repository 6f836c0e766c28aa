using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The shape of a session document, with the filters, projections and updates that depend on it.
/// </summary>
internal static class SessionDocument
{
    private const string SessionType = "AGENT";
    private const string Key = "k";
    private const string Value = "v";

    public static BsonDocument InfoProjection { get; } = new()
    {
        { Fields.ApplicationName, 1 },
        { Fields.CreatedAt, 1 },
        { Fields.UpdatedAt, 1 },
        { Fields.Metadata, 1 },
    };

    public static BsonDocument LifetimeProjection { get; } = new() { { Fields.ExpiresAt, 1 }, { Fields.MessagesExpireAt, 1 } };

    // An agent's state may be large; its configuration is not. What is no object is projected to the name of its type.
    public static BsonDocument ConfigsProjection { get; } = new(Fields.Agents, new BsonDocument("$cond", new BsonArray
    {
        new BsonDocument("$eq", new BsonArray { new BsonDocument("$type", $"${Fields.Agents}"), "object" }),
        new BsonDocument("$map", new BsonDocument
        {
            { "input", new BsonDocument("$objectToArray", $"${Fields.Agents}") },
            { "as", "agent" },
            {
                "in",
                new BsonDocument
                {
                    { Key, "$$agent.k" },
                    {
                        Value,
                        new BsonDocument
                        {
                            { Fields.Model, $"$$agent.v.{Fields.AgentData}.{Fields.Model}" },
                            { Fields.SystemPrompt, $"$$agent.v.{Fields.AgentData}.{Fields.SystemPrompt}" },
                            { Fields.PromptMetadata, $"$$agent.v.{Fields.AgentData}.{Fields.PromptMetadata}" },
                        }
                    },
                }
            },
        }),
        new BsonDocument("$type", $"${Fields.Agents}"),
    }));

    public static BsonDocument ToFilter(string sessionId) => new(Fields.Id, sessionId);

    // What is no object is no agent, here as where agents are read: else one would be neither found nor added.
    public static BsonDocument ToFilter(string sessionId, string agentId, bool hasAgent)
    {
        var isObject = new BsonDocument("$type", "object");
        return new BsonDocument
        {
            { Fields.Id, sessionId },
            { $"{Fields.AgentPath(agentId)}.{Fields.AgentData}", hasAgent ? isObject : new BsonDocument("$not", isObject) },
        };
    }

    public static BsonDocument ToAgentProjection(string agentId)
    {
        var agentPath = Fields.AgentPath(agentId);
        return new BsonDocument { { $"{agentPath}.{Fields.AgentData}", 1 }, { $"{agentPath}.{Fields.CapturedConfig}", 1 } };
    }

    /// <summary>
    /// Gets the projection to one agent, to when the session expires, and to its version.
    /// </summary>
    public static BsonDocument ToLoadProjection(string agentId) =>
        ToAgentProjection(agentId).Merge(LifetimeProjection).Merge(SessionLayout.VersionProjection);

    public static BsonDocument ToConfigProjection(string agentId)
    {
        var agentPath = Fields.AgentPath(agentId);
        return new BsonDocument
        {
            { Fields.AgentDataPath(agentPath, Fields.AgentId), 1 },
            { Fields.AgentDataPath(agentPath, Fields.Model), 1 },
            { Fields.AgentDataPath(agentPath, Fields.SystemPrompt), 1 },
            { Fields.AgentDataPath(agentPath, Fields.PromptMetadata), 1 },
            { Fields.SchemaVersion, 1 },
        };
    }

    /// <summary>
    /// Gets the document of a new session, with its first agent and its metadata where it has them.
    /// </summary>
    public static BsonDocument Create(
        string sessionId,
        string? applicationName,
        BsonDateTime now,
        string? agentId = null,
        BsonDocument? agent = null,
        BsonDocument? metadata = null) => new()
    {
        { Fields.Id, sessionId },
        { Fields.SessionId, sessionId },
        { Fields.ApplicationName, applicationName is null ? BsonNull.Value : applicationName },
        { Fields.SessionType, SessionType },
        { Fields.SchemaVersion, SessionLayout.Version },
        { Fields.CreatedAt, now },
        { Fields.UpdatedAt, now },
        { Fields.Agents, agentId is null ? [] : new BsonDocument(BsonKeys.Encode(agentId), agent) },
        { Fields.Metadata, metadata ?? [] },
        { Fields.Feedbacks, new BsonArray() },
    };

    public static BsonDocument ToAddAgent(string agentId, BsonDocument agent, BsonDateTime now) =>
        new("$set", new BsonDocument { { Fields.UpdatedAt, now }, { Fields.AgentPath(agentId), agent } });

    /// <summary>
    /// Gets the filter for an update of an agent: it is there, and its state has keys where the update is about them.
    /// </summary>
    public static BsonDocument ToUpdateAgentFilter(string sessionId, StoredAgent update)
    {
        var filter = ToFilter(sessionId, update.AgentId, hasAgent: true);
        if (AgentDocument.IsByKey(update))
        {
            var type = new BsonDocument("$type", $"${Fields.AgentDataPath(Fields.AgentPath(update.AgentId), Fields.State)}");
            filter.Add("$expr", new BsonDocument("$in", new BsonArray { type, new BsonArray { "missing", "object" } }));
        }

        return filter;
    }

    public static BsonDocument ToUpdateAgent(StoredAgent update, BsonDateTime now)
    {
        var agentPath = Fields.AgentPath(update.AgentId);
        var set = new BsonDocument
        {
            { Fields.UpdatedAt, now },
            { $"{agentPath}.{Fields.UpdatedAt}", now },
        };
        foreach (var change in AgentDocument.GetChanges(update))
        {
            set.Add(Fields.AgentDataPath(agentPath, change.Name), change.Value);
        }

        set.Add($"{agentPath}.{Fields.CapturedConfig}", update.CapturedConfig, update.CapturedConfig is not null);

        var unset = new BsonDocument(AgentDocument.GetRemovals(update).Select(field => new BsonElement(Fields.AgentDataPath(agentPath, field), "")));
        return new BsonDocument("$set", set).Add("$unset", unset, unset.ElementCount > 0);
    }

    /// <summary>
    /// Gets what a list shows of a session, of any writer. Never throws: one session must not hide the others.
    /// </summary>
    public static SessionInfo ToInfo(BsonDocument session) => new()
    {
        // Not a session of this library's if it is no text, but it is there.
        SessionId = session[Fields.Id] is BsonString id ? id.Value : session[Fields.Id].ToString()!,
        ApplicationName = session.GetValue(Fields.ApplicationName, BsonNull.Value) is BsonString name ? name.Value : null,
        CreatedAt = ToTime(session, Fields.CreatedAt),
        UpdatedAt = ToTime(session, Fields.UpdatedAt),
        Metadata = ToMetadata(session),
    };

    public static Dictionary<string, object?> ToMetadata(BsonDocument session) =>
        MetadataValues.FromBson(session.GetValue(Fields.Metadata, BsonNull.Value) is BsonDocument metadata ? metadata : []);

    /// <summary>
    /// Gets the configurations of all agents of a session.
    /// </summary>
    /// <exception cref="DamagedSessionException">Whether the session has agents cannot be told.</exception>
    public static IReadOnlyList<AgentConfig> ToConfigs(BsonDocument session, string sessionId)
    {
        switch (session.GetValue(Fields.Agents, BsonNull.Value))
        {
            case BsonArray agents:
                // Each is named when it is loaded.
                DamagedFields damaged = default;
                var configs = new List<AgentConfig>(agents.Count);
                foreach (var agent in agents)
                {
                    configs.Add(AgentDocument.ToConfig(agent[Value].AsBsonDocument, BsonKeys.Decode(agent[Key].AsString), ref damaged));
                }

                return configs;
            case BsonNull or BsonString { Value: "missing" or "null" }:
                return [];
            default:
                throw new DamagedSessionException(sessionId, agentId: null, Fields.Agents);
        }
    }

    private static DateTimeOffset ToTime(BsonDocument session, string field) =>
        session.GetValue(field, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) ?? default : default;
}
