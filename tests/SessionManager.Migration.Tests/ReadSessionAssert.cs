using MongoDB.Bson;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Compares what the readers of both sides have read, to the type of each value.
/// </summary>
internal static class ReadSessionAssert
{
    // What a migration adds to the data of an agent, or stores in another form.
    private static readonly string[] Differing = ["agent_id", "created_at", "updated_at", "system_prompt", "python_system_prompt"];

    public static void Equal(ReadSession expected, ReadSession actual)
    {
        Assert.Equal(expected.Id, actual.Id);
        EqualBson(expected.ApplicationName, actual.ApplicationName, "application_name");
        EqualBson(expected.SessionType, actual.SessionType, "session_type");
        Assert.Equal(expected.Agents.Keys, actual.Agents.Keys);
        foreach (var (id, agent) in expected.Agents)
        {
            foreach (var field in agent.Data?.Where(static field => !Differing.Contains(field.Name)) ?? [])
            {
                EqualBson(field.Value, actual.Agents[id].Data![field.Name], $"{id}.{field.Name}");
            }

            Assert.Equal(agent.Messages.Count, actual.Agents[id].Messages.Count);
            foreach (var (index, (source, target)) in agent.Messages.Zip(actual.Agents[id].Messages).Index())
            {
                EqualBson(source.PythonId, target.PythonId, $"{id}[{index}].message_id");
                EqualBson(source.Message, target.Message, $"{id}[{index}].message");
                EqualBson(source.Redact, target.Redact, $"{id}[{index}].redact_message");
                EqualBson(source.GuardrailEvent, target.GuardrailEvent, $"{id}[{index}].guardrail_event");
                Assert.Equal(source.CreatedAt, target.CreatedAt);
            }
        }

        Assert.Equal(expected.Metadata.Keys, actual.Metadata.Keys);
        Assert.All(expected.Metadata, field => EqualBson(field.Value, actual.Metadata[field.Key], field.Key));
        Assert.Equal(expected.Feedbacks.Count, actual.Feedbacks.Count);
        Assert.All(expected.Feedbacks.Zip(actual.Feedbacks), pair => EqualBson(pair.First, pair.Second, "feedbacks"));
    }

    private static void EqualBson(BsonValue expected, BsonValue actual, string path)
    {
        var (left, right) = (new BsonDocument(path.Replace('.', ' '), expected).ToBson(), new BsonDocument(path.Replace('.', ' '), actual).ToBson());
        Assert.True(left.AsSpan().SequenceEqual(right), $"{path}: {expected.ToJson()} became {actual.ToJson()}");
    }
}
