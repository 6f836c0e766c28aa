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

    // An agent's state may be large; its configuration is not.
    public static BsonDocument ConfigsProjection { get; } = new(
        Fields.Agents,
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
    /// Gets the projection to one agent and to when the session expires. Without <c>_id</c>, unlike any message.
    /// </summary>
    public static BsonDocument ToLoadProjection(string agentId) =>
        new BsonDocument(Fields.Id, 0).Merge(ToAgentProjection(agentId)).Merge(LifetimeProjection);

    public static BsonDocument ToConfigProjection(string agentId)
    {
        var agentPath = Fields.AgentPath(agentId);
        return new BsonDocument
        {
            { Fields.AgentDataPath(agentPath, Fields.AgentId), 1 },
            { Fields.AgentDataPath(agentPath, Fields.Model), 1 },
            { Fields.AgentDataPath(agentPath, Fields.SystemPrompt), 1 },
            { Fields.AgentDataPath(agentPath, Fields.PromptMetadata), 1 },
        };
    }

    /// <summary>
    /// Gets the document of a new session, with its first agent where it has one.
    /// </summary>
    public static BsonDocument Create(string sessionId, string? applicationName, BsonDateTime now, string? agentId = null, BsonDocument? agent = null) => new()
    {
        { Fields.Id, sessionId },
        { Fields.SessionId, sessionId },
        { Fields.ApplicationName, applicationName is null ? BsonNull.Value : applicationName },
        { Fields.SessionType, SessionType },
        { Fields.CreatedAt, now },
        { Fields.UpdatedAt, now },
        { Fields.Agents, agentId is null ? [] : new BsonDocument(BsonKeys.Encode(agentId), agent) },
        { Fields.Metadata, new BsonDocument() },
        { Fields.Feedbacks, new BsonArray() },
    };

    public static BsonDocument ToAddAgent(string agentId, BsonDocument agent, BsonDateTime now) =>
        new("$set", new BsonDocument { { Fields.UpdatedAt, now }, { Fields.AgentPath(agentId), agent } });

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

        return new BsonDocument("$set", set);
    }

    public static SessionInfo ToInfo(BsonDocument session) => new()
    {
        SessionId = session[Fields.Id].AsString,
        ApplicationName = session.GetValue(Fields.ApplicationName, BsonNull.Value) is BsonString name ? name.Value : null,
        CreatedAt = ToTime(session, Fields.CreatedAt),
        UpdatedAt = ToTime(session, Fields.UpdatedAt),
        Metadata = ToMetadata(session),
    };

    public static Dictionary<string, object?> ToMetadata(BsonDocument session) =>
        MetadataValues.FromBson(session.GetValue(Fields.Metadata, BsonNull.Value) is BsonDocument metadata ? metadata : []);

    public static IReadOnlyList<AgentConfig> ToConfigs(BsonDocument session) =>
        session.GetValue(Fields.Agents, BsonNull.Value) is BsonArray agents
            ? [.. agents.Select(agent => AgentDocument.ToConfig(agent[Value].AsBsonDocument, BsonKeys.Decode(agent[Key].AsString)))]
            : [];

    private static DateTimeOffset ToTime(BsonDocument session, string field) =>
        session.GetValue(field, BsonNull.Value) is BsonDateTime time ? time.ToUniversalTime() : default(DateTimeOffset);
}
