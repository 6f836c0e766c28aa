using MongoDB.Bson;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// All that is kept under one session id. Only an operation that has entered the storage uses it.
/// </summary>
internal sealed class InMemorySession
{
    private readonly Dictionary<string, List<InMemoryMessage>> _messages = new(StringComparer.Ordinal);

    /// <summary>
    /// Gets or sets the session document, of the same shape as in the database.
    /// </summary>
    /// <value>Null where there are messages only: appending does not check for the session, nor create it.</value>
    public BsonDocument? Document { get; set; }

    /// <summary>
    /// Gets or sets the metadata, as a read returns it. That of the document is empty.
    /// </summary>
    public Dictionary<string, object?> Metadata { get; set; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Gets or sets the time from which on the session is no longer there.
    /// </summary>
    public DateTimeOffset ExpiresAt { get; set; } = DateTimeOffset.MaxValue;

    public IEnumerable<InMemoryMessage> Messages => _messages.Values.SelectMany(static messages => messages);

    /// <summary>
    /// Gets the messages of an agent, where the index of each is its position.
    /// </summary>
    /// <returns>The messages, or null when there are none.</returns>
    public List<InMemoryMessage>? FindMessages(string agentId) => _messages.GetValueOrDefault(agentId);

    /// <summary>
    /// Gets the messages of an agent to add to.
    /// </summary>
    public List<InMemoryMessage> GetMessages(string agentId)
    {
        if (!_messages.TryGetValue(agentId, out var messages))
        {
            _messages[agentId] = messages = [];
        }

        return messages;
    }
}
