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
        { Fields.Title, 1 },
        { Fields.GeneratedTitle, 1 },
        { Fields.Agents, ShownDocument.AgentsProjection },
    };

    public static BsonDocument LifetimeProjection { get; } = new() { { Fields.ExpiresAt, 1 }, { Fields.MessagesExpireAt, 1 }, { Fields.FirstBranch, 1 }, { Fields.Hold, 1 } };

    // An agent's state may be large; its configuration is not. What is no object is projected to the name of its type.
    public static BsonDocument ConfigsProjection { get; } = new(Fields.Agents, AgentDocument.ToProjection(
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
        },
        new BsonDocument("$type", $"${Fields.Agents}")));

    public static BsonDocument FirstBranchProjection { get; } = new(Fields.FirstBranch, 1);

    /// <summary>
    /// Gets the projection to what the feedback of a session needs: whose it is, and that which an earlier layout has inside of the session.
    /// </summary>
    public static BsonDocument FeedbacksProjection { get; } = new() { { Fields.FirstBranch, 1 }, { Fields.Feedbacks, 1 } };

    /// <summary>
    /// Gets the projection to what the removal of feedback needs.
    /// </summary>
    public static BsonDocument FirstAndVersionProjection { get; } = new() { { Fields.FirstBranch, 1 }, { Fields.SchemaVersion, 1 } };

    /// <summary>
    /// Gets the projection to what a copy of a session has of it.
    /// </summary>
    public static BsonDocument ForkProjection { get; } = new(Fields.Feedbacks, 0);

    /// <summary>
    /// Gets the projection to what a copy needs of a session whose messages were copied.
    /// </summary>
    public static BsonDocument ToCopiedProjection(IEnumerable<string> agentIds) =>
        new BsonDocument(Fields.FirstBranch, 1).AddRange(agentIds.Select(Fields.AgentPath).SelectMany(static path => new BsonElement[]
        {
            new($"{path}.{Fields.Branch}", 1),
            new($"{path}.{Fields.Preview}", 1),
        }));

    public static BsonDocument ToFilter(string sessionId) => new(Fields.Id, sessionId);

    /// <summary>
    /// Gets the filter for the session that a branch belongs to, and none that has begun after it had ended.
    /// </summary>
    public static BsonDocument ToBranchFilter(string sessionId, int branch) =>
        // A session from before there were branches has no first one.
        ToFilter(sessionId).Add(Fields.FirstBranch, new BsonDocument("$not", new BsonDocument("$gt", branch)));

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
        return new BsonDocument { { $"{agentPath}.{Fields.AgentData}", 1 }, { $"{agentPath}.{Fields.CapturedConfig}", 1 }, { Fields.SchemaVersion, 1 } }
            .Merge(HistoryDocument.ToProjection(agentPath));
    }

    /// <summary>
    /// Gets the projection to one agent, to when the session expires, and to its version.
    /// </summary>
    public static BsonDocument ToLoadProjection(string agentId) =>
        ToAgentProjection(agentId).Merge(LifetimeProjection).Add(Fields.Deleted, 1);

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
    /// Gets the fields that say which session it is, and whose.
    /// </summary>
    public static BsonDocument ToIdentity(string sessionId)
    {
        var key = SessionKey.Parse(sessionId);
        return new BsonDocument { { Fields.Id, sessionId }, { Fields.SessionId, key.SessionId } }
            .Add(Fields.Owner, OwnerDocument.ToBson(key.Owner), !key.Owner.IsNone);
    }

    /// <summary>
    /// Gets the document of a new session, with its first agent and its metadata where it has them.
    /// </summary>
    public static BsonDocument Create(
        string sessionId,
        string? applicationName,
        BsonDateTime now,
        int firstBranch,
        string? agentId = null,
        BsonDocument? agent = null,
        BsonDocument? metadata = null) => new(ToIdentity(sessionId))
    {
        { Fields.ApplicationName, applicationName is null ? BsonNull.Value : applicationName },
        { Fields.SessionType, SessionType },
        { Fields.SchemaVersion, SessionLayout.Version },
        { Fields.CreatedAt, now },
        { Fields.UpdatedAt, now },
        { Fields.FirstBranch, firstBranch },
        { Fields.NextBranch, agent is null ? firstBranch : firstBranch + 1 },
        { Fields.Agents, agentId is null ? [] : new BsonDocument(BsonKeys.Encode(agentId), agent) },
        { Fields.Metadata, metadata ?? [] },
    };

    /// <summary>
    /// Gets the update that creates a session with an agent that has a run, by the server's clock, where there is none.
    /// </summary>
    public static BsonDocument ToCreate(BsonDocument session, string agentId, RunRequest run)
    {
        var path = Fields.AgentPath(agentId);
        var update = RunDocument.ToBegin(path, run);
        var set = update["$set"].AsBsonDocument;
        set.AddRange(session.Where(static field => field.Name is not (Fields.Id or Fields.Agents)));
        set.AddRange(session[Fields.Agents][BsonKeys.Encode(agentId)].AsBsonDocument.Select(field => new BsonElement($"{path}.{field.Name}", field.Value)));
        update.Remove("$unset");
        update["$setOnInsert"] = set;
        update.Remove("$set");
        return update;
    }

    /// <summary>
    /// Gets the document of a session that is a copy of another one, in the place that is reserved for it.
    /// </summary>
    public static BsonDocument ToFork(BsonDocument source, string sessionId, string? applicationName, BsonDateTime now, int firstBranch, BsonDocument agents)
    {
        var fork = Create(sessionId, applicationName, now, firstBranch, metadata: source.GetValue(Fields.Metadata, BsonNull.Value) as BsonDocument);
        fork[Fields.NextBranch] = firstBranch + agents.ElementCount;
        fork[Fields.Agents] = agents;
        return fork;
    }

    /// <summary>
    /// Gets the update that puts a new session in the place of a deleted one. When what is left of that one goes stays as it is.
    /// </summary>
    public static BsonDocument ToRevive(BsonDocument session, string? agentId, RunRequest? run)
    {
        if (agentId is null)
        {
            return new BsonDocument { { "$set", new BsonDocument(session.Where(static field => field.Name != Fields.Id)) }, { "$unset", new BsonDocument(Fields.Deleted, "") } };
        }

        var agent = session[Fields.Agents][BsonKeys.Encode(agentId)].AsBsonDocument;
        var update = ToAddAgent(agentId, agent, session[Fields.FirstBranch].AsInt32, run, session[Fields.UpdatedAt].AsBsonDateTime);
        update["$set"].AsBsonDocument.Merge(new BsonDocument(session.Where(static field => field.Name is not (Fields.Id or Fields.Agents))), overwriteExistingElements: true);
        update["$unset"] = new BsonDocument(Fields.Deleted, "");
        return update;
    }

    /// <summary>
    /// Gets the update that adds an agent, with its run where it begins one.
    /// </summary>
    public static BsonDocument ToAddAgent(string agentId, BsonDocument agent, int branch, RunRequest? run, BsonDateTime now)
    {
        var path = Fields.AgentPath(agentId);
        var update = run is null ? new BsonDocument("$set", new BsonDocument()) : RunDocument.ToBegin(path, run);
        var set = update["$set"].AsBsonDocument;
        set.Add(Fields.UpdatedAt, now);
        set.Add(Fields.NextBranch, branch + 1);
        if (run is null)
        {
            // Whatever else stands there is no agent.
            set.Add(path, agent);
        }
        else
        {
            set.AddRange(agent.Select(field => new BsonElement($"{path}.{field.Name}", field.Value)));
        }

        return update;
    }

    /// <summary>
    /// Gets the filter for an update of an agent: it is there, and its state has keys where the update is about them.
    /// </summary>
    public static BsonDocument ToUpdateAgentFilter(string sessionId, StoredAgent update, HistoryFence? fence)
    {
        var filter = ToFilter(sessionId, update.AgentId, hasAgent: true);
        if (fence is not null)
        {
            HistoryDocument.AddFence(filter, Fields.AgentPath(update.AgentId), fence);
        }

        if (AgentDocument.IsByKey(update))
        {
            var type = new BsonDocument("$type", $"${Fields.AgentDataPath(Fields.AgentPath(update.AgentId), Fields.State)}");
            filter.Add("$expr", new BsonDocument("$in", new BsonArray { type, new BsonArray { "missing", "object" } }));
        }

        return filter;
    }

    public static BsonDocument ToUpdateAgent(StoredAgent update, HistoryFence? fence, BsonDateTime now)
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
        set.Add($"{agentPath}.{Fields.Redaction}", update.Redaction, update.Redaction is not null);

        if (fence is not null)
        {
            HistoryDocument.AddEnd(set, agentPath, fence);
        }

        var unset = new BsonDocument(AgentDocument.GetRemovals(update).Select(field => new BsonElement(Fields.AgentDataPath(agentPath, field), "")));
        unset.Add(Fields.GeneratedTitle, "", update.ClearsGeneratedTitle);
        var max = new BsonDocument(ShownDocument.GetFields(update.Shown).Select(field => new BsonElement($"{agentPath}.{field.Name}", field.Value)));
        return new BsonDocument("$set", set).Add("$unset", unset, unset.ElementCount > 0).Add("$max", max, max.ElementCount > 0);
    }

    /// <summary>
    /// Gets the filter for a session that a model may give a title, made of a history as it was read.
    /// </summary>
    public static BsonDocument ToTitleFilter(string sessionId, StoredHistory source)
    {
        var path = Fields.AgentPath(source.Branch.AgentId);
        var filter = ToFilter(sessionId)
            .Add(Fields.Title, BsonNull.Value)
            .Add(Fields.GeneratedTitle, BsonNull.Value)
            .Add($"{path}.{Fields.Redaction}", source.Redaction is null ? BsonNull.Value : source.Redaction);
        HistoryDocument.AddFence(filter, path, new HistoryFence { Branch = source.Branch.Number });
        return filter;
    }

    /// <summary>
    /// Gets the update that gives a session a title, a person's or a model's, or takes both away.
    /// </summary>
    public static BsonDocument ToSetTitle(string? title, bool isGenerated)
    {
        if (isGenerated)
        {
            return new BsonDocument("$set", new BsonDocument(Fields.GeneratedTitle, title));
        }

        return title is null
            ? new BsonDocument("$unset", new BsonDocument { { Fields.Title, "" }, { Fields.GeneratedTitle, "" } })
            : new BsonDocument { { "$set", new BsonDocument(Fields.Title, title) }, { "$unset", new BsonDocument(Fields.GeneratedTitle, "") } };
    }

    /// <summary>
    /// Gets what a list shows of a session, of any writer. Never throws: one session must not hide the others.
    /// </summary>
    public static SessionInfo ToInfo(BsonDocument session)
    {
        // Not a session of this library's if it is no text, but it is there.
        var key = SessionKey.Parse(session[Fields.Id] is BsonString id ? id.Value : session[Fields.Id].ToString()!);
        var title = GetText(session, Fields.Title);
        var info = new SessionInfo
        {
            SessionId = key.SessionId,
            Owner = key.Owner,
            ApplicationName = GetText(session, Fields.ApplicationName),
            CreatedAt = ToTime(session, Fields.CreatedAt),
            UpdatedAt = ToTime(session, Fields.UpdatedAt),
            Title = title ?? GetText(session, Fields.GeneratedTitle),
            IsTitleGenerated = title is null && GetText(session, Fields.GeneratedTitle) is not null,
            Metadata = ToMetadata(session),
        };
        return ShownDocument.AddTo(info, session.GetValue(Fields.Agents, BsonNull.Value));
    }

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

    private static string? GetText(BsonDocument session, string field) => session.GetValue(field, BsonNull.Value) is BsonString text ? text.Value : null;

    private static DateTimeOffset ToTime(BsonDocument session, string field) =>
        session.GetValue(field, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) ?? default : default;
}
