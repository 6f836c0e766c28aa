using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of what lists show of a history: <c>message_count</c>, <c>last_message_at</c> and <c>preview</c> of an agent.
/// </summary>
/// <remarks>Each is a field of its own, of which an update leaves the higher one: whatever another writer has put there, no update fails.</remarks>
internal static class ShownDocument
{
    // In this order, by which servers compare documents: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/#objects
    private const string Position = "position";
    private const string ChangedAt = "changed_at";
    private const string Text = "text";

    /// <summary>
    /// Gets the projection of a session's agents to what lists show of them. An agent's state may be large.
    /// </summary>
    public static BsonDocument AgentsProjection { get; } = AgentDocument.ToProjection(
        new BsonDocument
        {
            { Fields.MessageCount, $"$$agent.v.{Fields.MessageCount}" },
            { Fields.LastMessageAt, $"$$agent.v.{Fields.LastMessageAt}" },
            { Fields.Preview, $"$$agent.v.{Fields.Preview}" },
        },
        new BsonArray());

    /// <summary>
    /// Gets the fields that an update sets where they are higher than what is stored.
    /// </summary>
    public static IEnumerable<BsonElement> GetFields(ShownHistory? shown)
    {
        if (shown?.MessageCount is { } count)
        {
            yield return new BsonElement(Fields.MessageCount, count);
        }

        if (shown?.LastMessageAt is { } time)
        {
            yield return new BsonElement(Fields.LastMessageAt, new BsonDateTime(time.UtcDateTime));
        }

        if (shown?.Preview is { } preview)
        {
            yield return new BsonElement(Fields.Preview, ToBson(preview));
        }
    }

    public static BsonDocument ToBson(ShownMessage preview) => new()
    {
        { Position, preview.Position },
        { ChangedAt, preview.ChangedAt },
        { Text, preview.Text is null ? BsonNull.Value : preview.Text },
    };

    /// <summary>
    /// Tells whether a stored preview is of one of the first messages of a history.
    /// </summary>
    public static bool IsWithin(BsonValue preview, int count) =>
        preview is BsonDocument document && document.GetValue(Position, BsonNull.Value) is BsonInt32 position && position.Value < count;

    /// <summary>
    /// Gets what a list shows of a session with all its agents.
    /// </summary>
    public static SessionInfo AddTo(SessionInfo info, BsonValue agents)
    {
        long count = 0;
        DateTimeOffset? last = null;
        (DateTimeOffset? At, string? Text) preview = default;
        foreach (var agent in (agents is BsonDocument document ? document.Values : agents as IEnumerable<BsonValue> ?? []).OfType<BsonDocument>())
        {
            count += Math.Max(0, MessageKeys.ToPosition(agent.GetValue(Fields.MessageCount, BsonNull.Value)) ?? 0);
            var at = agent.GetValue(Fields.LastMessageAt, BsonNull.Value) is BsonDateTime time ? DamagedFields.ToTime(time.MillisecondsSinceEpoch) : null;
            last = last is null || at > last ? at : last;
            if (agent.GetValue(Fields.Preview, BsonNull.Value) is BsonDocument shown && shown.GetValue(Text, BsonNull.Value) is BsonString text
                && (preview.Text is null || at > preview.At || preview.At is null))
            {
                preview = (at, text.Value);
            }
        }

        return info with { MessageCount = (int)Math.Min(count, int.MaxValue), LastMessageAt = last, Preview = preview.Text };
    }
}
