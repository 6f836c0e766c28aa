using System.Text.Json.Nodes;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of an agent: <c>agents.{agent_id}</c> of a session document.
/// </summary>
internal static class AgentDocument
{
    // What an update sets beside each other. With more, the whole state is less.
    private const int MaxStateKeys = 100;

    private static readonly JsonValueCodec Values = new();

    /// <summary>
    /// Gets the expression that makes something of each agent of a session.
    /// </summary>
    /// <param name="ofAgent">What it makes of one, whose key is <c>$$agent.k</c> and which is itself <c>$$agent.v</c>.</param>
    /// <param name="ofOther">What it makes of something that is no object, which has no agents.</param>
    public static BsonDocument ToProjection(BsonDocument ofAgent, BsonValue ofOther) => new("$cond", new BsonArray
    {
        new BsonDocument("$eq", new BsonArray { new BsonDocument("$type", $"${Fields.Agents}"), "object" }),
        new BsonDocument("$map", new BsonDocument
        {
            { "input", new BsonDocument("$objectToArray", $"${Fields.Agents}") },
            { "as", "agent" },
            { "in", ofAgent },
        }),
        ofOther,
    });

    /// <summary>
    /// Gets a new agent, whose history begins with a branch. Its run is no part of it.
    /// </summary>
    public static BsonDocument ToBson(StoredAgent agent, int branch, BsonDateTime now)
    {
        var data = new BsonDocument { { Fields.AgentId, agent.AgentId } };
        data.AddRange(GetChanges(agent with { State = agent.State ?? [], ConversationManagerState = agent.ConversationManagerState ?? [] }));
        var document = new BsonDocument
        {
            { Fields.AgentData, data },
            { Fields.CreatedAt, now },
            { Fields.UpdatedAt, now },
            { Fields.Branch, branch },
            { Fields.CapturedConfig, agent.CapturedConfig, agent.CapturedConfig is not null },
        };
        return document.AddRange(ShownDocument.GetFields(agent.Shown));
    }

    /// <summary>
    /// Gets a copy of a stored agent, whose history is a branch that ends at a position.
    /// </summary>
    /// <param name="agent">The agent that is copied.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="end">The position.</param>
    /// <param name="clearsConversationManagerState">Whether the state of the conversation manager is about messages that are not copied.</param>
    /// <param name="preview">The preview after the messages were copied: what was redacted before is not in it.</param>
    /// <param name="now">The time of the copy.</param>
    public static BsonDocument ToFork(BsonDocument agent, int branch, int end, bool clearsConversationManagerState, BsonValue preview, BsonDateTime now)
    {
        var fork = new BsonDocument(agent.Where(static field =>
            field.Name is not (Fields.Base or Fields.Run or Fields.Redaction or Fields.Preview or Fields.LastMessageAt)));
        if (ShownDocument.IsWithin(preview, end))
        {
            fork[Fields.Preview] = preview;
            fork.Add(Fields.LastMessageAt, agent.GetValue(Fields.LastMessageAt, BsonNull.Value), agent.Contains(Fields.LastMessageAt));
        }

        fork[Fields.MessageCount] = end;
        fork[Fields.CreatedAt] = fork[Fields.UpdatedAt] = now;
        fork[Fields.Branch] = branch;
        fork[Fields.End] = end;
        if (clearsConversationManagerState)
        {
            fork[Fields.AgentData] = new BsonDocument(fork[Fields.AgentData].AsBsonDocument) { [Fields.ConversationManagerState] = new BsonDocument() };
        }

        return fork;
    }

    /// <summary>
    /// Gets the fields of the agent's data that are not null: the state whole, or by its changed keys.
    /// </summary>
    public static IEnumerable<BsonElement> GetChanges(StoredAgent agent)
    {
        if (agent.State is not null)
        {
            var state = ToBson(agent.State, nameof(agent.State));
            if (!IsByKey(agent))
            {
                yield return new BsonElement(Fields.State, state);
            }
            else
            {
                foreach (var key in agent.ChangedStateKeys!.Distinct(StringComparer.Ordinal).Where(agent.State.ContainsKey))
                {
                    yield return new BsonElement($"{Fields.State}.{key}", state[key]);
                }
            }
        }

        if (agent.ConversationManagerState is not null)
        {
            yield return new BsonElement(Fields.ConversationManagerState, ToBson(agent.ConversationManagerState, nameof(agent.ConversationManagerState)));
        }

        if (agent.Model is not null)
        {
            yield return new BsonElement(Fields.Model, agent.Model);
        }

        if (agent.SystemPrompt is not null)
        {
            yield return new BsonElement(Fields.SystemPrompt, agent.SystemPrompt);
        }

        if (agent.PromptMetadata is not null)
        {
            yield return new BsonElement(Fields.PromptMetadata, MetadataValues.ToBson(agent.PromptMetadata, nameof(agent.PromptMetadata)));
        }
    }

    /// <summary>
    /// Gets the fields of the agent's data that an update removes.
    /// </summary>
    public static IEnumerable<string> GetRemovals(StoredAgent agent) => IsByKey(agent)
        ? agent.ChangedStateKeys!.Distinct(StringComparer.Ordinal).Where(key => !agent.State!.ContainsKey(key)).Select(static key => $"{Fields.State}.{key}")
        : [];

    /// <summary>
    /// Tells whether an update writes the changed keys of the state, and not the whole.
    /// </summary>
    /// <remarks>A key that is stored under another name might have been stored under its own, by another writer, and would be there twice.</remarks>
    public static bool IsByKey(StoredAgent agent) =>
        agent is { State: not null, ChangedStateKeys: { Count: <= MaxStateKeys } keys } && keys.All(static key => ReferenceEquals(BsonKeys.Encode(key), key));

    /// <summary>
    /// Finds the data of an agent in a session document. A field of another type than it should have is null, and named.
    /// </summary>
    /// <exception cref="DamagedSessionException">Which messages are its history cannot be told.</exception>
    public static StoredAgent? Find(BsonDocument? session, string agentId, ref DamagedFields damaged) =>
        FindAgent(session, agentId) is { } agent && GetDocument(agent, Fields.AgentData) is { } data
            ? new StoredAgent
            {
                AgentId = agentId,
                State = GetObject(data, Fields.State, ref damaged),
                ConversationManagerState = GetObject(data, Fields.ConversationManagerState, ref damaged),
                Model = GetString(data, Fields.Model, ref damaged),
                SystemPrompt = GetString(data, Fields.SystemPrompt, ref damaged),
                PromptMetadata = GetPromptMetadata(data, ref damaged),
                CapturedConfig = GetString(agent, Fields.CapturedConfig, ref damaged),
                History = HistoryDocument.Read(session!, agent, agentId, ref damaged),
            }
            : null;

    /// <summary>
    /// Finds the configuration of an agent in a session document.
    /// </summary>
    /// <inheritdoc cref="Find"/>
    public static AgentConfig? FindConfig(BsonDocument? session, string agentId, ref DamagedFields damaged) =>
        FindAgent(session, agentId) is { } agent && GetDocument(agent, Fields.AgentData) is { } data
            ? ToConfig(data, agentId, ref damaged)
            : null;

    public static AgentConfig ToConfig(BsonDocument data, string agentId, ref DamagedFields damaged) => new()
    {
        AgentId = agentId,
        Model = GetString(data, Fields.Model, ref damaged),
        SystemPrompt = GetString(data, Fields.SystemPrompt, ref damaged),
        PromptMetadata = GetPromptMetadata(data, ref damaged),
    };

    /// <summary>
    /// Finds the latest run of an agent in a session document.
    /// </summary>
    public static StoredRun? FindRun(BsonDocument? session, string agentId)
    {
        DamagedFields damaged = default;
        return FindAgent(session, agentId) is { } agent ? RunDocument.Read(agent, ref damaged) : null;
    }

    /// <summary>
    /// Finds the preview of a history in a session document; null where it has none, or the agent another branch.
    /// </summary>
    public static BsonValue FindPreview(BsonDocument session, AgentBranch branch) =>
        FindAgent(session, branch.AgentId) is { } agent && (MessageKeys.ToPosition(agent.GetValue(Fields.Branch, BsonNull.Value)) ?? 0) == branch.Number
            ? agent.GetValue(Fields.Preview, BsonNull.Value)
            : BsonNull.Value;

    private static BsonDocument? FindAgent(BsonDocument? session, string agentId) =>
        session is not null && GetDocument(session, Fields.Agents) is { } agents ? GetDocument(agents, BsonKeys.Encode(agentId)) : null;

    private static Dictionary<string, object?>? GetPromptMetadata(BsonDocument data, ref DamagedFields damaged) =>
        Get<BsonDocument>(data, Fields.PromptMetadata, ref damaged) is { } metadata ? MetadataValues.FromBson(metadata) : null;

    private static BsonDocument? GetDocument(BsonDocument parent, string name) =>
        parent.TryGetValue(name, out var value) && value is BsonDocument document ? document : null;

    private static string? GetString(BsonDocument parent, string name, ref DamagedFields damaged) =>
        Get<BsonString>(parent, name, ref damaged)?.Value;

    private static T? Get<T>(BsonDocument parent, string name, ref DamagedFields damaged)
        where T : BsonValue
    {
        var value = parent.GetValue(name, BsonNull.Value);
        if (value is not (T or BsonNull))
        {
            damaged.Add(name);
        }

        return value as T;
    }

    private static JsonObject? GetObject(BsonDocument parent, string name, ref DamagedFields damaged)
    {
        if (Get<BsonDocument>(parent, name, ref damaged) is not { } document)
        {
            return null;
        }

        try
        {
            using var reader = new BsonDocumentReader(document);
            return JsonValueCodec.ReadObject(reader);
        }
        catch (FormatException)
        {
            damaged.Add(name);
            return null;
        }
    }

    private static RawBsonDocument ToBson(JsonObject value, string name)
    {
        using var stream = new MemoryStream();
        using (var writer = new BsonBinaryWriter(stream))
        {
            Values.Write(writer, value, name);
        }

        return new RawBsonDocument(stream.ToArray());
    }
}
