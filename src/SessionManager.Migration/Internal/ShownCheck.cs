using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Compares what lists show of an agent with the agent's messages.
/// </summary>
internal sealed class ShownCheck(BsonDocument agent)
{
    private readonly BsonValue _stored = agent.GetValue(Names.Preview, BsonNull.Value);
    private readonly int _firstPosition = FindPosition(agent.GetValue(Names.Preview, BsonNull.Value));
    private BsonValue _preview = BsonNull.Value;

    /// <summary>
    /// Gets a value indicating whether the preview is that of the messages that were added.
    /// </summary>
    public bool IsPreview => _preview.Equals(_stored);

    /// <summary>
    /// Finds the field that is not as the messages of the source have it, or null.
    /// </summary>
    public string? FindDifference(IReadOnlyCollection<(BsonDateTime CreatedAt, BsonDocument Entry)> messages)
    {
        BsonValue count = messages.Count > 0 ? messages.Count : BsonNull.Value;
        if (agent.GetValue(Names.MessageCount, BsonNull.Value) != count)
        {
            return Names.MessageCount;
        }

        // One that lists cannot show is not there.
        BsonValue last = messages.Count > 0 && messages.Last().CreatedAt is { IsValidDateTime: true } date ? date : BsonNull.Value;
        return agent.GetValue(Names.LastMessageAt, BsonNull.Value) == last ? null : Names.LastMessageAt;
    }

    /// <summary>
    /// Adds the next message of the target. Those before the one that is shown are not read: they show nothing where this one does.
    /// </summary>
    public void Add(RawBsonDocument message, int position)
    {
        if (position >= _firstPosition && TargetLayout.ToPreview(message) is { } preview)
        {
            _preview = preview;
        }
    }

    private static int FindPosition(BsonValue stored) =>
        stored is BsonDocument preview && preview.GetValue(Names.Position, BsonNull.Value) is BsonInt32 position ? position.Value : 0;
}
