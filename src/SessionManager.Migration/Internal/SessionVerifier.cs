using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Reads a session from both sides and compares them. It shares no mapping with what has written the target: it asks of each
/// field of Python's whether it can be found again.
/// </summary>
/// <remarks>
/// Of each field but those that the target has by its own count: metrics, and the position of feedback. Of a name that is stored twice
/// in metadata, in feedback or in an event of a guardrail, the first one is asked for.
/// </remarks>
internal sealed class SessionVerifier(MigrationPlace place, bool keepViewerPassword)
{
    private static readonly BsonDocument ByKey = new(Names.Id, 1);

    public async Task<SessionDifference> FindDifferenceAsync(string sessionId, string targetId, string sourceHash, CancellationToken cancellationToken)
    {
        var source = await RawBson.FindAsync(place.Source, sessionId, cancellationToken).ConfigureAwait(false);
        if (source is null || SessionMapper.Hash(source, keepViewerPassword) != sourceHash)
        {
            return new SessionDifference(IsCurrent: false, Path: null);
        }

        var target = await RawBson.FindAsync(place.Sessions, targetId, cancellationToken).ConfigureAwait(false);
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
            IsCurrent: true, path ?? await FindInMessagesAsync(targetId, agents, cancellationToken).ConfigureAwait(false));
    }

    private string? FindInSession(BsonDocument source, BsonDocument target)
    {
        foreach (var name in (ReadOnlySpan<string>)[Names.CreatedAt, Names.UpdatedAt])
        {
            if (source.TryGetValue(name, out var date) && !IsDate(date, target.GetValue(name, BsonNull.Value)))
            {
                return name;
            }
        }

        if (source.GetValue(Names.Feedbacks, BsonNull.Value) is BsonArray feedbacks
            && !AreAll(feedbacks, target.GetValue(Names.Feedbacks, BsonNull.Value), IsFeedback))
        {
            return Names.Feedbacks;
        }

        if (source.GetValue(Names.Metadata, BsonNull.Value) is BsonDocument metadata
            && !(target.GetValue(Names.Metadata, BsonNull.Value) is BsonDocument mapped && HaveSameLeaves(metadata, mapped)))
        {
            return Names.Metadata;
        }

        foreach (var (name, value) in source.Elements.Select(static element => (element.Name, element.Value)))
        {
            var isFound = name switch
            {
                Names.Id or Names.SessionId or Names.Agents or Names.CreatedAt or Names.UpdatedAt or Names.Feedbacks or Names.Metadata or Names.Migration => true,
                Names.ApplicationName or Names.SessionType => AreEqual(source[name], target.GetValue(name, BsonNull.Value)),
                Names.ViewerPassword => !keepViewerPassword || IsCarried(target, name, value, AreEqual),
                Names.GuardrailEvents when value is BsonArray events => IsCarried(target, name, events, static (one, other) => AreAll((BsonArray)one, other, IsEvent)),
                _ => IsCarried(target, name, value, AreEqual),
            };
            if (!isFound)
            {
                return name;
            }
        }

        return null;
    }

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

            var others = agent.Where(element => element.Name is not (Names.AgentData or Names.Messages) && !LeadsToAgent(agents, $"{id}.{element.Name}"));
            if (FindLost(others, stored) is { } lost)
            {
                return $"{path}.{lost}";
            }

            if (agent.GetValue(Names.AgentData, BsonNull.Value) is BsonDocument python
                && FindLost(python.Where(static element => element.Name != Names.AgentId), data) is { } lostOfData)
            {
                return $"{path}.{Names.AgentData}.{lostOfData}";
            }
        }

        return null;
    }

    private static bool LeadsToAgent(Dictionary<string, BsonDocument> agents, string path) =>
        agents.Keys.Any(id => id == path || id.StartsWith($"{path}.", StringComparison.Ordinal));

    // A prompt of blocks is found beside its text.
    private static string? FindLost(IEnumerable<BsonElement> fields, BsonDocument target) => fields
        .Where(field => !IsCarried(target, field.Name, field.Value, field.Name is Names.CreatedAt or Names.UpdatedAt ? IsDate : AreEqual))
        .Select(static field => field.Name)
        .FirstOrDefault();

    private async Task<string?> FindInMessagesAsync(string targetId, Dictionary<string, BsonDocument> agents, CancellationToken cancellationToken)
    {
        // The keys put the agents in the order of their bytes; that of the source is Python's.
        var expected = new Dictionary<string, Queue<(BsonDateTime CreatedAt, BsonDocument Message)>>(StringComparer.Ordinal);
        foreach (var (id, agent) in agents)
        {
            var stored = agent.GetValue(Names.Messages, BsonNull.Value) is BsonArray messages ? messages.OfType<BsonDocument>() : [];
            expected[id] = new Queue<(BsonDateTime CreatedAt, BsonDocument Message)>(Sort(stored));
        }

        var position = new Dictionary<string, int>(StringComparer.Ordinal);
        var options = new FindOptions<RawBsonDocument> { Sort = ByKey };
        using var cursor = await place.Messages.FindAsync(TargetLayout.ToMessages(targetId), options, cancellationToken).ConfigureAwait(false);
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
                        || !IsMessage(source.Message, source.CreatedAt, message, at))
                    {
                        return $"{Names.Agents}.{agentId}.{Names.Messages}.{at}";
                    }
                }
            }
        }

        var missing = expected.FirstOrDefault(static agent => agent.Value.Count > 0).Key;
        return missing is null ? null : $"{Names.Agents}.{missing}.{Names.Messages}";
    }

    private static bool IsMessage(BsonDocument source, BsonDateTime createdAt, BsonDocument message, int position)
    {
        if (message.GetValue(Names.MessageId, BsonNull.Value) != position
            || message.GetValue(Names.CreatedAt, BsonNull.Value) != createdAt
            || message.GetValue(Names.UpdatedAt, BsonNull.Value) != (PythonDates.Read(source.GetValue(Names.UpdatedAt, BsonNull.Value)) ?? createdAt))
        {
            return false;
        }

        foreach (var name in (ReadOnlySpan<string>)[Names.Message, Names.RedactMessage])
        {
            if (!AreEqual(source.GetValue(name, BsonNull.Value), message.GetValue(name, BsonNull.Value)))
            {
                return false;
            }
        }

        return source.All(element => element.Name switch
        {
            Names.Message or Names.RedactMessage or Names.CreatedAt or Names.UpdatedAt or Names.EventLoopMetrics => true,
            Names.MessageId => AreEqual(source[Names.MessageId], message.GetValue(Names.PythonMessageId, BsonNull.Value)),
            Names.GuardrailEvent => IsCarried(message, element.Name, element.Value, IsEvent),
            _ => IsCarried(message, element.Name, element.Value, AreEqual),
        });
    }

    // Python shows messages by their dates. One that has none stays behind the one before it.
    private static IEnumerable<(BsonDateTime CreatedAt, BsonDocument Message)> Sort(IEnumerable<BsonDocument> messages)
    {
        var date = new BsonDateTime(0);
        var dated = new List<(BsonDateTime CreatedAt, BsonDocument Message)>();
        foreach (var message in messages)
        {
            date = PythonDates.Read(message.GetValue(Names.CreatedAt, BsonNull.Value)) ?? date;
            dated.Add((date, message));
        }

        return dated.OrderBy(static message => message.CreatedAt.MillisecondsSinceEpoch);
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

    // Under its own name, or with python_ before it, as often as that was taken.
    private static bool IsCarried(BsonDocument target, string name, BsonValue value, Func<BsonValue, BsonValue, bool> areEqual)
    {
        var carried = name;
        do
        {
            if (target.TryGetValue(carried, out var stored) && areEqual(value, stored))
            {
                return true;
            }

            carried = Names.PythonPrefix + carried;
        }
        while (target.Contains(carried));

        return false;
    }

    private static bool AreAll(BsonArray source, BsonValue target, Func<BsonValue, BsonValue, bool> areEqual) =>
        target is BsonArray array && array.Count == source.Count && source.Zip(array).All(pair => areEqual(pair.First, pair.Second));

    private static bool IsDate(BsonValue source, BsonValue target) => AreEqual(PythonDates.Read(source) ?? source, target);

    private static bool IsEvent(BsonValue source, BsonValue target) => source is not BsonDocument one
        ? AreEqual(source, target)
        : target is BsonDocument other
            && one.Names.All(name => (name == Names.Timestamp ? (Func<BsonValue, BsonValue, bool>)IsDate : AreEqual)(one[name], other.GetValue(name, BsonNull.Value)));

    private static bool IsFeedback(BsonValue source, BsonValue target) => source is not BsonDocument one
        ? AreEqual(source, target)
        : target is BsonDocument other && one.Names.All(name => name switch
        {
            Names.CreatedAt => IsDate(one[name], other.GetValue(name, BsonNull.Value)),
            Names.MessageId when one[name].IsNumeric => AreEqual(one[name], other.GetValue(Names.PythonMessageId, BsonNull.Value)),
            // What stands there becomes the agent of the message, or the number of Python's.
            Names.AgentId when one[name] is not BsonString => true,
            Names.PythonMessageId => true,
            _ => IsCarried(other, name, one[name], AreEqual),
        });

    // The names may be encoded and the dotted ones nested, but each leaf is there, and no other one.
    private static bool HaveSameLeaves(BsonDocument source, BsonDocument target)
    {
        var rest = ListLeaves("", target, TargetLayout.FromName).ToLookup(static leaf => leaf.Path, static leaf => leaf.Value, StringComparer.Ordinal)
            .ToDictionary(static leaves => leaves.Key, static leaves => leaves.ToList(), StringComparer.Ordinal);
        foreach (var (path, value) in ListLeaves("", source, static name => name))
        {
            var index = rest.TryGetValue(path, out var values) ? values.FindIndex(stored => AreEqual(value, stored)) : -1;
            if (index < 0)
            {
                return false;
            }

            values!.RemoveAt(index);
        }

        return rest.Values.All(static values => values.Count == 0);
    }

    // An object without fields is none: it is where a nested one may come to be.
    private static IEnumerable<(string Path, BsonValue Value)> ListLeaves(string path, BsonValue value, Func<string, string> toName) => value switch
    {
        BsonDocument document => document.SelectMany(field => ListLeaves($"{path}.{toName(field.Name)}", field.Value, toName)),
        BsonArray { Count: > 0 } array => array.SelectMany((item, index) => ListLeaves($"{path}[{index}]", item, toName)),
        _ => [(path, value)],
    };

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
