using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// An agent of a session of Python's, where the path of its id has led.
/// </summary>
/// <param name="Id">The id: the path with its dots.</param>
/// <param name="Stored">What stands there.</param>
/// <param name="Nested">The names in it that lead to other agents.</param>
internal sealed record PythonAgent(string Id, RawBsonDocument Stored, IReadOnlySet<string> Nested)
{
    public string Path => $"{Names.Agents}.{Id}";

    public RawBsonDocument? Data => RawBson.Find<RawBsonDocument>(Stored, Names.AgentData);

    /// <summary>
    /// Gets the messages in the order that Python shows: by time of creation, equal ones as they stand.
    /// </summary>
    public PythonMessage[] GetMessages(Findings findings)
    {
        var messages = new List<PythonMessage>();
        BsonDateTime before = new(0);
        var index = 0;
        foreach (var entry in RawBson.Find<RawBsonArray>(Stored, Names.Messages)?.Values ?? [])
        {
            if (entry is not RawBsonDocument stored)
            {
                findings.Add(PythonMigrationFindingKind.NotCarriedOver, $"{Path}.{Names.Messages}.{index}", "The entry is no object, and so no message.", Id);
            }
            else
            {
                var createdAt = PythonDates.Read(RawBson.Find(stored, Names.CreatedAt));
                if (createdAt is null)
                {
                    var path = $"{Path}.{Names.Messages}.{index}.{Names.CreatedAt}";
                    findings.Add(PythonMigrationFindingKind.UnreadableDate, path, "The message has no date and takes that of the one before it.", Id);
                }

                messages.Add(new PythonMessage(stored, index, before = createdAt ?? before));
            }

            index++;
        }

        // Stable, as Python's sort is.
        return [.. messages.OrderBy(static message => message.CreatedAt.MillisecondsSinceEpoch)];
    }

    /// <summary>
    /// Finds the agents of a session. A dotted id is a path there, so that an agent may stand at any depth, and in another one.
    /// </summary>
    public static IReadOnlyList<PythonAgent> FindAll(RawBsonDocument session, Findings findings)
    {
        var found = new List<PythonAgent>();
        switch (RawBson.Find(session, Names.Agents))
        {
            case RawBsonDocument agents:
                foreach (var (name, value) in agents.Elements.Select(static element => (element.Name, element.Value)))
                {
                    if (!Collect(name, value, found))
                    {
                        var path = $"{Names.Agents}.{name}";
                        findings.Add(PythonMigrationFindingKind.NotCarriedOver, path, "It has neither the data of an agent nor messages.");
                    }
                }

                break;
            case not (null or BsonNull):
                findings.Add(PythonMigrationFindingKind.NotCarriedOver, Names.Agents, "It is no object, and so has no agents.");
                break;
        }

        return found;
    }

    private static bool Collect(string id, BsonValue value, List<PythonAgent> found)
    {
        if (value is not RawBsonDocument stored)
        {
            return false;
        }

        var nested = new HashSet<string>(StringComparer.Ordinal);
        var others = new List<PythonAgent>();
        foreach (var element in stored.Elements)
        {
            if (element.Name is not (Names.AgentData or Names.Messages) && Collect($"{id}.{element.Name}", element.Value, others))
            {
                nested.Add(element.Name);
            }
        }

        var isAgent = RawBson.Find(stored, Names.AgentData) is RawBsonDocument || RawBson.Find(stored, Names.Messages) is RawBsonArray;
        if (isAgent)
        {
            found.Add(new PythonAgent(id, stored, nested));
        }

        found.AddRange(others);
        return isAgent || others.Count > 0;
    }
}
