using MongoDB.Bson;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Reads a session from the documents of the target, by docs/documents.md and without any code of the library.
/// </summary>
internal static class TargetReader
{
    public static ReadSession Read(BsonDocument session, IReadOnlyList<BsonDocument> messages)
    {
        var agents = new SortedDictionary<string, ReadAgent>(StringComparer.Ordinal);
        foreach (var field in session["agents"].AsBsonDocument)
        {
            var id = Uri.UnescapeDataString(field.Name);
            var own = messages.Where(message => message["agent_id"] == id).OrderBy(static message => message["message_id"].AsInt32).ToList();
            Assert.Equal(Enumerable.Range(0, own.Count), own.Select(static message => message["message_id"].AsInt32));
            Assert.All(own, message => Assert.Equal(ToKey(session["_id"].AsString, id, message["message_id"].AsInt32), message["_id"].AsString));
            Assert.Equal(id, field.Value["agent_data"]["agent_id"].AsString);
            agents.Add(id, new ReadAgent(field.Value["agent_data"].AsBsonDocument, [.. own.Select(ToMessage)]));
        }

        // No message is anybody else's.
        Assert.Equal(messages.Count, agents.Values.Sum(static agent => agent.Messages.Count));
        var metadata = new SortedDictionary<string, BsonValue>(StringComparer.Ordinal);
        foreach (var field in session["metadata"].AsBsonDocument)
        {
            PythonReader.Flatten(field.Name, field.Value, metadata);
        }

        return new ReadSession(
            session["session_id"].AsString,
            session["application_name"],
            session["session_type"],
            agents,
            metadata,
            [.. session["feedbacks"].AsBsonArray.Select(static feedback => feedback.AsBsonDocument)]);
    }

    private static string ToKey(string sessionId, string agentId, int position) =>
        $"{Escape(sessionId)}/{Escape(agentId)}/{position:D10}";

    private static string Escape(string id) => id.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal);

    private static ReadMessage ToMessage(BsonDocument message) => new(
        message.GetValue("python_message_id", BsonNull.Value),
        message["message"],
        message["redact_message"],
        message["created_at"].ToUniversalTime(),
        message.GetValue("guardrail_event", BsonNull.Value));
}
