using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Reads a session as the Python library does: <c>agents.{id}</c> is a path, messages are sorted by <c>created_at</c> and stably,
/// agents without data or messages are tolerated, dates may be text, bytes may be encoded.
/// </summary>
internal static class PythonReader
{
    public static ReadSession Read(BsonDocument session)
    {
        var agents = new SortedDictionary<string, ReadAgent>(StringComparer.Ordinal);
        if (session.Contains("agents"))
        {
            Walk(session["agents"].AsBsonDocument, [], agents);
        }

        var metadata = new SortedDictionary<string, BsonValue>(StringComparer.Ordinal);
        foreach (var field in session.GetValue("metadata", new BsonDocument()).AsBsonDocument)
        {
            Flatten(field.Name, field.Value, metadata);
        }

        return new ReadSession(
            session["session_id"].AsString,
            session.GetValue("application_name", BsonNull.Value),
            session.GetValue("session_type", "AGENT"),
            agents,
            metadata,
            [
                .. session.GetValue("feedbacks", new BsonArray()).AsBsonArray.Select(static feedback => ToFeedback(feedback.AsBsonDocument))
                    .OrderBy(static feedback => feedback["created_at"]),
            ]);
    }

    public static void Flatten(string path, BsonValue value, SortedDictionary<string, BsonValue> leaves)
    {
        if (value is BsonDocument { ElementCount: > 0 } document)
        {
            foreach (var field in document)
            {
                Flatten($"{path}.{field.Name}", field.Value, leaves);
            }
        }
        else if (value is not BsonDocument)
        {
            leaves.Add(path, value);
        }
    }

    // As datetime.fromisoformat and datetime.fromtimestamp would, to the millisecond that BSON holds.
    public static DateTime? ToTime(BsonValue? value) => value switch
    {
        BsonDateTime date => date.ToUniversalTime(),
        BsonString text => Truncate(DateTimeOffset.Parse(text.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime),
        { IsNumeric: true } number => DateTime.UnixEpoch.AddMilliseconds(Math.Floor(number.ToDouble() * (Math.Abs(number.ToDouble()) < 1e11 ? 1000 : 1))),
        _ => null,
    };

    private static DateTime Truncate(DateTime time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMillisecond), DateTimeKind.Utc);

    private static void Walk(BsonDocument node, string[] path, SortedDictionary<string, ReadAgent> agents)
    {
        foreach (var field in node)
        {
            if (field.Value is not BsonDocument child || (path.Length > 0 && field.Name == "agent_data"))
            {
                continue;
            }

            string[] childPath = [.. path, field.Name];
            if (child.Contains("agent_data") || child.Contains("messages"))
            {
                var messages = child.GetValue("messages", new BsonArray()).AsBsonArray;
                agents.Add(string.Join('.', childPath), new ReadAgent(
                    child.GetValue("agent_data", BsonNull.Value) as BsonDocument,
                    [.. messages.Select(static message => message.AsBsonDocument).OrderBy(static message => ToTime(message["created_at"])).Select(ToMessage)]));
            }

            Walk(child, childPath, agents);
        }
    }

    private static ReadMessage ToMessage(BsonDocument message) => new(
        message.GetValue("message_id", BsonNull.Value),
        DecodeBytes(message["message"]),
        DecodeBytes(message.GetValue("redact_message", BsonNull.Value)),
        ToTime(message["created_at"]),
        message.GetValue("guardrail_event", BsonNull.Value));

    private static BsonDocument ToFeedback(BsonDocument feedback)
    {
        var read = new BsonDocument(feedback);
        read["created_at"] = ToTime(feedback["created_at"]);
        return read;
    }

    private static BsonValue DecodeBytes(BsonValue value) => value switch
    {
        BsonDocument document when document.GetValue("__bytes_encoded__", false) == true => new BsonBinaryData(Convert.FromBase64String(document["data"].AsString)),
        BsonDocument document => new BsonDocument(document.Select(static field => new BsonElement(field.Name, DecodeBytes(field.Value)))),
        BsonArray array => new BsonArray(array.Select(DecodeBytes)),
        _ => value,
    };
}
