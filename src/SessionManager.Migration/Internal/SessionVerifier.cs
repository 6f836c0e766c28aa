using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Reads a session from both sides and compares them. It shares no mapping with what has written the target: it asks of each
/// field of Python's whether it can be found again.
/// </summary>
/// <remarks>
/// Of each field but those that the target has by its own count: metrics, and the position of feedback. What lists show is compared with the
/// messages. Of a name that is stored twice
/// in metadata, in feedback or in an event of a guardrail, the first one is asked for.
/// </remarks>
internal sealed partial class SessionVerifier(MigrationPlace place, bool keepViewerPassword)
{
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

        var path = FindInSession(source, target)
            ?? FindInAgents(agents, target)
            ?? await FindInFeedbackAsync(targetId, source, cancellationToken).ConfigureAwait(false)
            ?? await FindInMessagesAsync(targetId, agents, target, cancellationToken).ConfigureAwait(false);
        return new SessionDifference(IsCurrent: true, path);
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

        // It would be listed twice.
        if (target.Contains(Names.Feedbacks))
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
                Names.Id or Names.SessionId or Names.Agents or Names.CreatedAt or Names.UpdatedAt or Names.Metadata or Names.Migration => true,
                Names.Feedbacks when value is BsonArray or BsonNull => true,
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

    // Python shows messages by their dates. What has none stays behind the one before it, with its date.
    private static IEnumerable<(BsonDateTime CreatedAt, BsonDocument Entry)> Sort(BsonValue entries)
    {
        var date = new BsonDateTime(0);
        var dated = new List<(BsonDateTime CreatedAt, BsonDocument Entry)>();
        foreach (var entry in entries is BsonArray array ? array.OfType<BsonDocument>() : [])
        {
            date = PythonDates.Read(entry.GetValue(Names.CreatedAt, BsonNull.Value)) ?? date;
            dated.Add((date, entry));
        }

        return dated.OrderBy(static entry => entry.CreatedAt.MillisecondsSinceEpoch);
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
