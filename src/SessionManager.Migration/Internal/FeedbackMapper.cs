using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Makes of the feedback inside of a session of Python's that which stands beside its session.
/// </summary>
internal static class FeedbackMapper
{
    // Python has no field for it, but callers add what they like.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "branch", "client_message_id" };

    /// <summary>
    /// Maps all feedback of a session. It comes by time of creation, equal ones as they stand.
    /// </summary>
    public static IReadOnlyList<MappedFeedback> Map(string sessionId, RawBsonDocument session, IReadOnlyList<MessageMapper> agents, Findings findings)
    {
        var mapped = new List<MappedFeedback>();
        var orders = new Dictionary<long, int>();
        BsonDateTime before = new(0);
        var index = 0;
        foreach (var item in RawBson.Find<RawBsonArray>(session, Names.Feedbacks)?.Values ?? [])
        {
            var path = $"{Names.Feedbacks}.{index++}";
            if (item is not RawBsonDocument stored)
            {
                findings.Add(PythonMigrationFindingKind.NotCarriedOver, path, "The entry is no object, and so no feedback.");
                continue;
            }

            var entry = MapEntry(stored, path, agents, findings);
            if (TakeDate(entry) is { } date)
            {
                before = date;
            }
            else
            {
                findings.Add(PythonMigrationFindingKind.UnreadableDate, $"{path}.{Names.CreatedAt}", "The feedback has no date and takes that of the one before it.");
            }

            var order = orders.GetValueOrDefault(before.MillisecondsSinceEpoch);
            orders[before.MillisecondsSinceEpoch] = order + 1;
            mapped.Add(MappedFeedback.Create(sessionId, entry, before, order));
        }

        return mapped;
    }

    private static BsonDocument MapEntry(RawBsonDocument stored, string path, IReadOnlyList<MessageMapper> agents, Findings findings)
    {
        var mapped = RawBson.Materialize(stored);
        foreach (var field in mapped.Where(static field => Reserved.Contains(field.Name)).ToArray())
        {
            mapped.RemoveElement(field);
            CarriedFields.Add(mapped, Reserved, field.Name, field.Value);
        }

        if (!mapped.TryGetValue(Names.MessageId, out var pythonId) || !pythonId.IsNumeric)
        {
            return mapped;
        }

        var agent = mapped.GetValue(Names.AgentId, BsonNull.Value) is BsonString id
            ? agents.FirstOrDefault(agent => agent.Agent.Id == id.Value)
            : agents is [var only] ? only : null;
        if (agent?.FindPosition(pythonId) is { } position)
        {
            mapped[Names.MessageId] = position;
            mapped[Names.AgentId] = agent.Agent.Id;
        }
        else
        {
            mapped.Remove(Names.MessageId);
            findings.Add(
                PythonMigrationFindingKind.UnresolvedFeedback, $"{path}.{Names.MessageId}", "No message has the number alone. The feedback is the session's.");
        }

        mapped[Names.PythonMessageId] = pythonId;
        return mapped;
    }

    // It stands beside the entry. What is no date stays in it.
    private static BsonDateTime? TakeDate(BsonDocument entry)
    {
        if (!entry.TryGetValue(Names.CreatedAt, out var value) || PythonDates.Read(value) is not { } date)
        {
            return null;
        }

        entry.Remove(Names.CreatedAt);
        return date;
    }
}
