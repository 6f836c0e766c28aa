using System.Text.RegularExpressions;
using MongoDB.Bson;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Reads a session from the documents of the target, by docs/documents.md and without any code of the library.
/// </summary>
internal static partial class TargetReader
{
    public static ReadSession Read(BsonDocument session, IReadOnlyList<BsonDocument> messages, IReadOnlyList<BsonDocument> feedback)
    {
        Assert.False(session.Contains("feedbacks"));
        var agents = new SortedDictionary<string, ReadAgent>(StringComparer.Ordinal);
        foreach (var field in session["agents"].AsBsonDocument)
        {
            var id = Uri.UnescapeDataString(field.Name);
            var own = messages.Where(message => message["agent_id"] == id).OrderBy(static message => message["message_id"].AsInt32).ToList();
            Assert.Equal(Enumerable.Range(0, own.Count), own.Select(static message => message["message_id"].AsInt32));
            Assert.All(own, message => Assert.Equal(ToKey(session["_id"].AsString, id, message["message_id"].AsInt32), message["_id"].AsString));
            Assert.Equal(id, field.Value["agent_data"]["agent_id"].AsString);
            AssertShown(field.Value.AsBsonDocument, own);
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
            [.. feedback.Select(one => ToFeedback(one, session["_id"].AsString))]);
    }

    /// <summary>
    /// Gets what a list shows of an agent's messages: <c>preview</c>, or null.
    /// </summary>
    public static BsonValue ToPreview(IEnumerable<BsonDocument> messages)
    {
        foreach (var message in messages.Reverse())
        {
            var redacted = message["redact_message"] as BsonDocument;
            var text = ToText(redacted ?? message["message"].AsBsonDocument);
            if (redacted is not null || text is not null)
            {
                var changed = redacted is null ? 0L : message["updated_at"].AsBsonDateTime.MillisecondsSinceEpoch;
                return new BsonDocument { { "position", message["message_id"] }, { "changed_at", changed }, { "text", text is null ? BsonNull.Value : text } };
            }
        }

        return BsonNull.Value;
    }

    private static void AssertShown(BsonDocument agent, List<BsonDocument> messages)
    {
        Assert.Equal(messages.Count == 0 ? BsonNull.Value : messages.Count, agent.GetValue("message_count", BsonNull.Value));
        Assert.Equal(messages.Count == 0 ? BsonNull.Value : messages[^1]["created_at"], agent.GetValue("last_message_at", BsonNull.Value));
        Assert.Equal(ToPreview(messages), agent.GetValue("preview", BsonNull.Value));
    }

    private static string? ToText(BsonDocument message)
    {
        if (message["role"] != "user" && message["role"] != "assistant")
        {
            return null;
        }

        var texts = message["content"].AsBsonArray.OfType<BsonDocument>().Where(static block => block.Contains("text")).Select(static block => block["text"].AsString);
        var text = WhiteSpace().Replace(string.Concat(texts), " ").Trim();
        return text.Length == 0 ? null : text.Length > 120 ? $"{text[..119]}…" : text;
    }

    // The entry, as Python has it: with its date.
    private static BsonDocument ToFeedback(BsonDocument stored, string sessionId)
    {
        Assert.Equal(["_id", "session_id", "first", "created_at", "updated_at", "feedback"], stored.Names);
        Assert.Matches($"^{Regex.Escape(Escape(sessionId))}/~0000000000/[0-9a-f]{{24}}$", stored["_id"].AsString);
        Assert.Equal((sessionId, 0), (stored["session_id"].AsString, stored["first"].AsInt32));
        Assert.Equal(stored["created_at"], stored["updated_at"]);
        return new BsonDocument(stored["feedback"].AsBsonDocument).Add("created_at", stored["created_at"]);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

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
