using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    // Most histories fit, and what is read in vain of one that is mostly left out stays small.
    private const int LatestMessageCount = 256;

    /// <summary>
    /// Loads a session with one of its agents and the agent's latest messages, newest first, in one command. Extends the
    /// session's life where that is due.
    /// </summary>
    private async Task<(BsonDocument? Session, List<SessionMessage> Latest)> LoadAsync(
        string sessionId,
        string agentId,
        int maxMessages,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var loaded = await FindWithLatestAsync(sessionId, agentId, Math.Min(maxMessages, LatestMessageCount), cancellationToken).ConfigureAwait(false);
            // A session that ends in this moment is read again, and is no longer there.
            if (loaded.Session is null || await TryKeepAsync(sessionId, loaded.Session, cancellationToken).ConfigureAwait(false))
            {
                return loaded;
            }
        }
    }

    private async Task<(BsonDocument? Session, List<SessionMessage> Latest)> FindWithLatestAsync(
        string sessionId,
        string agentId,
        int limit,
        CancellationToken cancellationToken)
    {
        var pipeline = PipelineDefinition<BsonDocument, SessionOrMessage>.Create(
            [
                new BsonDocument("$match", SessionDocument.ToFilter(sessionId)),
                new BsonDocument("$project", SessionDocument.ToLoadProjection(agentId)),
                _messages.ToUnionWithLatest(sessionId, agentId, limit),
            ],
            _sessionOrMessage);
        using var cursor = await _sessions
            .AggregateAsync(pipeline, new AggregateOptions { BatchSize = limit + 1 }, cancellationToken)
            .ConfigureAwait(false);

        // The parts of a union may come in any order.
        BsonDocument? session = null;
        var messages = new List<SessionMessage>();
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var document in cursor.Current)
            {
                if (document.Message is { } message)
                {
                    messages.Add(message);
                }
                else
                {
                    session = document.Session;
                }
            }
        }

        return (session, messages);
    }

    /// <summary>
    /// Gets the history of an agent, oldest first, of which the latest messages are loaded.
    /// </summary>
    private async Task<IReadOnlyList<SessionMessage>> CompleteAsync(
        string sessionId,
        AgentData agent,
        List<SessionMessage> latest,
        int maxMessages,
        CancellationToken cancellationToken)
    {
        latest.Reverse();
        var first = agent.RemovedMessageCount;
        latest.RemoveRange(0, latest.FindIndex(message => message.Position >= first) is var kept and >= 0 ? kept : latest.Count);
        if (latest is not [{ Position: var reached }, ..] || reached <= first || latest.Count >= maxMessages)
        {
            return latest;
        }

        var earlier = await _messages
            .ListAsync(
                sessionId,
                agent.AgentId,
                new MessageQuery { FromPosition = Math.Max(first, reached - Math.Min(maxMessages - latest.Count, reached)), BeforePosition = reached },
                cancellationToken)
            .ConfigureAwait(false);
        return [.. earlier, .. latest];
    }

    /// <summary>
    /// Extends the life of a session, unless another write of the same span has done so. False when it has just ended.
    /// </summary>
    private async Task<bool> TryKeepAsync(string sessionId, BsonDocument session, CancellationToken cancellationToken)
    {
        if (_lifetime is null)
        {
            return true;
        }

        var expiry = new BsonDateTime(_lifetime.GetSessionExpiry(sessionId, _timeProvider.GetUtcNow().UtcDateTime));
        return session.GetValue(Fields.ExpiresAt, BsonNull.Value).CompareTo(expiry) >= 0
            || await ExtendAsync(sessionId, SessionDocument.ToFilter(sessionId), [], SessionDocument.LifetimeProjection, cancellationToken).ConfigureAwait(false) is not null;
    }
}
