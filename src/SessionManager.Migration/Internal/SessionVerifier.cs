using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Reads a session from both sides and compares them. It shares no mapping with what has written the target: it asks of each
/// field of Python's whether it can be found again.
/// </summary>
internal sealed class SessionVerifier(MigrationPlace place, bool keepViewerPassword)
{
    private static readonly BsonDocument ByKey = new(Names.Id, 1);

    public async Task<SessionDifference> FindDifferenceAsync(string sessionId, string sourceHash, CancellationToken cancellationToken)
    {
        var source = await FindAsync(place.Source, sessionId, cancellationToken).ConfigureAwait(false);
        if (source is null || SessionMapper.Hash(source, keepViewerPassword) != sourceHash)
        {
            return new SessionDifference(IsCurrent: false, Path: null);
        }

        var target = await FindAsync(place.Sessions, sessionId, cancellationToken).ConfigureAwait(false);
        if (target is null)
        {
            return new SessionDifference(IsCurrent: true, Names.Id);
        }

        var agents = new Dictionary<string, BsonDocument>(StringComparer.Ordinal);
        if (source.GetValue(Names.Agents, BsonNull.Value) is BsonDocument nodes)
        {
            AddAgents(nodes, "", agents);
        }

        var path = FindInSession(source, target) ?? FindInAgents(agents, target);
        return new SessionDifference(
            IsCurrent: true, path ?? await FindInMessagesAsync(sessionId, agents, cancellationToken).ConfigureAwait(false));
    }

    private static async Task<RawBsonDocument?> FindAsync(
        IMongoCollection<RawBsonDocument> collection, string sessionId, CancellationToken cancellationToken)
    {
        using var cursor = await collection.FindAsync(new BsonDocument(Names.Id, sessionId), cancellationToken: cancellationToken).ConfigureAwait(false);
        return await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } found ? RawBson.Detach(found) : null;
    }

    private static string? FindInSession(BsonDocument source, BsonDocument target)
    {
        foreach (var name in (ReadOnlySpan<string>)[Names.ApplicationName, Names.SessionType])
        {
            if (source.TryGetValue(name, out var value) && target.GetValue(name, BsonNull.Value) != value)
            {
                return name;
            }
        }

        foreach (var name in (ReadOnlySpan<string>)[Names.Feedbacks, Names.GuardrailEvents])
        {
            if (source.GetValue(name, BsonNull.Value) is BsonArray array && (target.GetValue(name, BsonNull.Value) as BsonArray)?.Count != array.Count)
            {
                return name;
            }
        }

        if (source.GetValue(Names.Metadata, BsonNull.Value) is BsonDocument metadata)
        {
            // The names may be encoded and the dotted ones nested, but each leaf is there.
            var leaves = CountLeaves(metadata);
            if (target.GetValue(Names.Metadata, BsonNull.Value) is not BsonDocument mapped || CountLeaves(mapped) != leaves)
            {
                return Names.Metadata;
            }
        }

        return null;
    }

    private static int CountLeaves(BsonValue value) => value switch
    {
        BsonDocument { ElementCount: > 0 } document => document.Values.Sum(CountLeaves),
        BsonArray { Count: > 0 } array => array.Sum(CountLeaves),
        // An object without fields is where a nested one may come to be.
        BsonDocument => 0,
        _ => 1,
    };

    private static string? FindInAgents(Dictionary<string, BsonDocument> agents, BsonDocument target)
    {
        if (target.GetValue(Names.Agents, BsonNull.Value) is not BsonDocument mapped || mapped.ElementCount != agents.Count)
        {
            return Names.Agents;
        }

        foreach (var (id, agent) in agents)
        {
            var path = $"{Names.Agents}.{id}";
            if (mapped.GetValue(TargetLayout.ToName(id), BsonNull.Value) is not BsonDocument stored
                || stored.GetValue(Names.AgentData, BsonNull.Value) is not BsonDocument data
                || data.GetValue(Names.AgentId, BsonNull.Value) != id)
            {
                return path;
            }

            foreach (var name in (ReadOnlySpan<string>)[Names.State, Names.ConversationManagerState, Names.InternalState, "model", "prompt_metadata"])
            {
                if (agent.GetValue(Names.AgentData, BsonNull.Value) is BsonDocument python
                    && python.TryGetValue(name, out var value)
                    && !AreEqual(value, data.GetValue(name, BsonNull.Value)))
                {
                    return $"{path}.{Names.AgentData}.{name}";
                }
            }
        }

        return null;
    }

    private async Task<string?> FindInMessagesAsync(string sessionId, Dictionary<string, BsonDocument> agents, CancellationToken cancellationToken)
    {
        // The keys put the agents in the order of their bytes; that of the source is Python's.
        var expected = new Dictionary<string, Queue<BsonDocument>>(StringComparer.Ordinal);
        foreach (var (id, agent) in agents)
        {
            var stored = agent.GetValue(Names.Messages, BsonNull.Value) is BsonArray messages ? messages.OfType<BsonDocument>() : [];
            expected[id] = new Queue<BsonDocument>(Sort(stored));
        }

        var position = new Dictionary<string, int>(StringComparer.Ordinal);
        var options = new FindOptions<RawBsonDocument> { Sort = ByKey };
        using var cursor = await place.Messages.FindAsync(TargetLayout.ToMessages(sessionId), options, cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var message in cursor.Current)
            {
                using (message)
                {
                    var agentId = message.GetValue(Names.AgentId, BsonNull.Value) is BsonString id ? id.Value : "";
                    var at = position.GetValueOrDefault(agentId);
                    position[agentId] = at + 1;
                    if (!expected.TryGetValue(agentId, out var rest)
                        || !rest.TryDequeue(out var source)
                        || FindInMessage(source, message, at) is not null)
                    {
                        return $"{Names.Agents}.{agentId}.{Names.Messages}.{at}";
                    }
                }
            }
        }

        var missing = expected.FirstOrDefault(static agent => agent.Value.Count > 0).Key;
        return missing is null ? null : $"{Names.Agents}.{missing}.{Names.Messages}";
    }

    private static string? FindInMessage(BsonDocument source, BsonDocument message, int position)
    {
        if (message.GetValue(Names.MessageId, BsonNull.Value) != position)
        {
            return Names.MessageId;
        }

        if (source.TryGetValue(Names.MessageId, out var pythonId) && !AreEqual(pythonId, message.GetValue(Names.PythonMessageId, BsonNull.Value)))
        {
            return Names.PythonMessageId;
        }

        foreach (var name in (ReadOnlySpan<string>)[Names.Message, Names.RedactMessage])
        {
            if (!AreEqual(source.GetValue(name, BsonNull.Value), message.GetValue(name, BsonNull.Value)))
            {
                return name;
            }
        }

        return source.Contains(Names.GuardrailEvent) == message.Contains(Names.GuardrailEvent) ? null : Names.GuardrailEvent;
    }

    // Python shows messages by their dates. One that has none stays behind the one before it.
    private static IEnumerable<BsonDocument> Sort(IEnumerable<BsonDocument> messages)
    {
        var date = 0L;
        var dated = new List<(long Date, BsonDocument Message)>();
        foreach (var message in messages)
        {
            date = PythonDates.Read(message.GetValue(Names.CreatedAt, BsonNull.Value))?.MillisecondsSinceEpoch ?? date;
            dated.Add((date, message));
        }

        return dated.OrderBy(static message => message.Date).Select(static message => message.Message);
    }

    private static void AddAgents(BsonDocument nodes, string prefix, Dictionary<string, BsonDocument> agents)
    {
        foreach (var node in nodes)
        {
            if (node.Value is not BsonDocument document || (prefix.Length > 0 && node.Name is Names.AgentData))
            {
                continue;
            }

            var id = prefix + node.Name;
            if (document.GetValue(Names.AgentData, BsonNull.Value).IsBsonDocument || document.GetValue(Names.Messages, BsonNull.Value).IsBsonArray)
            {
                agents[id] = document;
            }

            AddAgents(document, $"{id}.", agents);
        }
    }

    // Type by type, where BsonValue takes 1 and 1.0 for one; bytes that were encoded as text are bytes by now.
    private static bool AreEqual(BsonValue source, BsonValue target)
    {
        if (source is RawBsonDocument left && target is RawBsonDocument right && RawBson.GetSpan(left).SequenceEqual(RawBson.GetSpan(right)))
        {
            return true;
        }

        return (source, target) switch
        {
            (BsonDocument { ElementCount: 2 } encoded, BsonBinaryData bytes) =>
                encoded.GetValue("data", BsonNull.Value) is BsonString data && data.Value == Convert.ToBase64String(bytes.Bytes),
            (BsonDocument a, BsonDocument b) =>
                a.ElementCount == b.ElementCount && a.Zip(b).All(static pair => pair.First.Name == pair.Second.Name && AreEqual(pair.First.Value, pair.Second.Value)),
            (BsonArray a, BsonArray b) => a.Count == b.Count && a.Zip(b).All(static pair => AreEqual(pair.First, pair.Second)),
            _ => source.BsonType == target.BsonType && source.Equals(target),
        };
    }
}
