using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Makes the entry of an agent in the session document, which has no messages.
/// </summary>
internal static class AgentMapper
{
    // What Python never has beside an agent's data, and would say something else here.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "branch", "base", "end", "run", "redaction", Names.MessageCount, Names.LastMessageAt, Names.Preview,
    };

    private static readonly HashSet<string> ReservedInData = new(StringComparer.Ordinal) { Names.PythonSystemPrompt };

    public static BsonDocument Map(MessageMapper messages, Findings findings)
    {
        var agent = messages.Agent;
        var mapped = new BsonDocument { { Names.AgentData, MapData(agent) } };
        foreach (var element in agent.Stored.Elements)
        {
            if (element.Name is not (Names.AgentData or Names.Messages) && !agent.Nested.Contains(element.Name))
            {
                CarriedFields.Add(mapped, Reserved, element.Name, ToDate(element.Name, element.Value));
            }
        }

        mapped.AddRange(messages.GetShown());
        if (TargetLayout.FindFault(agent.Id) is { } fault)
        {
            findings.Add(PythonMigrationFindingKind.UnusableAgentId, agent.Path, fault, agent.Id);
        }

        if (HasOpenInterrupt(agent.Data))
        {
            findings.Add(
                PythonMigrationFindingKind.OpenInterrupt,
                $"{agent.Path}.{Names.AgentData}.{Names.InternalState}.{Names.InterruptState}",
                "An interrupt waits for its answer. Nothing in .NET resumes it.",
                agent.Id);
        }

        return mapped;
    }

    private static BsonDocument MapData(PythonAgent agent)
    {
        // What the path says, by which Python finds it.
        var data = new BsonDocument { { Names.AgentId, agent.Id } };
        if (agent.Data is null)
        {
            data.Add(Names.State, new BsonDocument());
            data.Add(Names.ConversationManagerState, new BsonDocument());
            return data;
        }

        foreach (var element in agent.Data.Elements.Where(static element => element.Name != Names.AgentId))
        {
            if (element.Name == Names.SystemPrompt && !data.Contains(Names.SystemPrompt) && ToText(element.Value) is { } text)
            {
                data.Add(Names.SystemPrompt, text);
                data.Add(Names.PythonSystemPrompt, element.Value);
            }
            else
            {
                CarriedFields.Add(data, ReservedInData, element.Name, ToDate(element.Name, element.Value));
            }
        }

        return data;
    }

    private static BsonValue ToDate(string name, BsonValue value) =>
        name is Names.CreatedAt or Names.UpdatedAt ? PythonDates.Read(value) ?? value : value;

    // Strands takes a prompt as a list of blocks, too; here it is text. The list stays beside it.
    private static string? ToText(BsonValue prompt)
    {
        if (prompt is not BsonArray blocks)
        {
            return null;
        }

        var texts = blocks.OfType<BsonDocument>().Select(static block => block.GetValue(Names.Text, BsonNull.Value)).OfType<BsonString>();
        return string.Join("\n\n", texts.Select(static text => text.Value));
    }

    private static bool HasOpenInterrupt(RawBsonDocument? data)
    {
        var state = RawBson.Find<RawBsonDocument>(RawBson.Find<RawBsonDocument>(data, Names.InternalState), Names.InterruptState);
        return RawBson.Find(state, Names.Activated) == BsonBoolean.True
            || RawBson.Find(state, Names.Interrupts) is RawBsonDocument { ElementCount: > 0 } or RawBsonArray { Count: > 0 };
    }
}
