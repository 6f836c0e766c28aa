using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Looks closer at what seems wrong with messages, and mends it: by the library where it can.
/// </summary>
internal sealed class MessageRepair(Place place)
{
    public const int MaxGap = 10_000;

    private static readonly BsonDocument Histories = BsonDocument.Parse(
        """
        {
          deleted: 1, first: 1, next: 1, sweep_at: 1,
          agents: {
            $cond: [
              { $eq: [{ $type: '$agents' }, 'object'] },
              { $map: {
                  input: { $objectToArray: '$agents' },
                  as: 'a',
                  in: { k: '$$a.k', branch: '$$a.v.branch', base: '$$a.v.base', end: '$$a.v.end' }
              } },
              { $type: '$agents' }
            ]
          }
        }
        """);

    /// <summary>
    /// Tells whether a position is still without a message, and a history still has it: the session may be on its way out, or have got it meanwhile.
    /// </summary>
    public async Task<bool> IsMissingAsync(string sessionId, StoredGap gap, CancellationToken cancellationToken)
    {
        var (agentId, number) = (gap.Branch.AgentId, gap.Branch.Number);
        if (await StoredContents.AnyAsync(place.Messages, StoredLayout.ToMessage(sessionId, agentId, number, gap.From), cancellationToken))
        {
            return false;
        }

        // Afterwards, since a deletion leaves its tombstone first.
        var sessions = await FindSessionsAsync([sessionId], cancellationToken);
        if (!sessions.TryGetValue(sessionId, out var session) || session.IsDeleted || number < session.FirstBranch)
        {
            return false;
        }

        var history = session.Agents?.GetValueOrDefault(agentId);
        return (history?.Branch.GetBranchAt(gap.From) == number && gap.From < Math.Max(history.Branch.Start, history.End))
            || await StoredContents.AnyAsync(
                place.Messages,
                gap.NeededBy == number ? StoredLayout.ToMessages(sessionId, agentId, number, gap.From) : StoredLayout.ToMessages(sessionId, agentId, gap.NeededBy),
                cancellationToken);
    }

    public Task<bool> HasMessagesAsync(string sessionId, int fromBranch, CancellationToken cancellationToken)
    {
        var filter = StoredLayout.ToMessages(sessionId);
        return StoredContents.AnyAsync(place.Messages, filter.Add("branch", new BsonDocument("$gte", fromBranch), fromBranch > 0), cancellationToken);
    }

    public Task<bool> HasLeftMessagesAsync(string sessionId, int beforeBranch, CancellationToken cancellationToken) =>
        StoredContents.AnyAsync(place.Messages, StoredLayout.ToMessages(sessionId, beforeBranch), cancellationToken);

    /// <summary>
    /// Finds what sessions and deleted ones say of their messages; nothing for one that does not exist.
    /// </summary>
    public async Task<Dictionary<string, StoredSession>> FindSessionsAsync(IEnumerable<string> sessionIds, CancellationToken cancellationToken)
    {
        var found = await StoredContents.FindSessionsAsync(place, sessionIds, Histories, cancellationToken);
        return found.ToDictionary(static session => session["_id"].AsString, ToSession, StringComparer.Ordinal);
    }

    /// <summary>
    /// Finds which field of a message cannot be read, or null where each can.
    /// </summary>
    public async Task<string?> FindDamageAsync(StoredKey key, CancellationToken cancellationToken)
    {
        try
        {
            var query = new MessageQuery { FromPosition = key.Position, BeforePosition = key.Position + 1 };
            await place.Storage.ListMessagesAsync(key.SessionId, ToBranch(key), query, cancellationToken);
            return null;
        }
        catch (DamagedMessageException exception)
        {
            return exception.Field;
        }
    }

    /// <summary>
    /// Puts a placeholder in the place of a message that cannot be read.
    /// </summary>
    public Task<bool> ReplaceAsync(StoredKey key, CancellationToken cancellationToken) =>
        place.Storage.TryReplaceDamagedMessageAsync(key.SessionId, ToBranch(key), key.Position, cancellationToken);

    /// <summary>
    /// Sets the fields of a message that say where it is by its key, and by its branch.
    /// </summary>
    public async Task<bool> FileAsync(StoredKey key, AgentBranch branch, CancellationToken cancellationToken)
    {
        var fields = new BsonDocument { { "agent_id", key.AgentId }, { "message_id", key.Position }, { "session_id", key.SessionId } };
        fields.AddRange(StoredLayout.ToFields(branch, key.Position));
        var others = new BsonDocument(((string[])["branch", "base"]).Where(name => !fields.Contains(name)).Select(static name => new BsonElement(name, "")));
        var result = await place.Messages.UpdateOneAsync(
            new BsonDocument("_id", StoredLayout.ToKey(key)),
            new BsonDocument("$set", fields).Add("$unset", others, others.ElementCount > 0),
            cancellationToken: cancellationToken);
        return result.MatchedCount > 0;
    }

    public async Task<bool> FillAsync(string sessionId, StoredGap gap, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var position = gap.From; position < gap.Before; position++)
        {
            var placeholder = StoredLayout.ToPlaceholder(sessionId, gap.Branch, position, now);
            try
            {
                await place.Messages.InsertOneAsync(placeholder, options: null, cancellationToken);
            }
            catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
            {
                // It has got a message by now.
            }
        }

        return true;
    }

    public async Task<bool> AddAgentAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        await using var session = place.Open(sessionId);
        await session.InitializeAsync(new SessionAgent(agentId), cancellationToken);

        // A new agent is on a new branch, and has not gone on from any.
        var branches = await session.ListBranchesAsync(agentId, limit: 2, cancellationToken: cancellationToken);
        if (branches is [{ IsCurrent: true, LastMessageAt: null, MessageCount: 0 }, var latest])
        {
            await session.SwitchBranchAsync(agentId, latest.Branch.Number, cancellationToken: cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// Deletes messages without a session, up to the last branch that was seen.
    /// </summary>
    public async Task<bool> DeleteOrphansAsync(string sessionId, int fromBranch, int lastBranch, CancellationToken cancellationToken)
    {
        // Somebody may have begun a session of this id, or do so now: its branches have higher numbers.
        var sessions = await FindSessionsAsync([sessionId], cancellationToken);
        if (sessions.TryGetValue(sessionId, out var session) && !(session.IsDeleted && session.FirstBranch == fromBranch))
        {
            return false;
        }

        return await DeleteLeftMessagesAsync(sessionId, lastBranch + 1, cancellationToken);
    }

    /// <summary>
    /// Deletes what is left of a deleted session. Numbers below are never given again, whatever has become of it meanwhile.
    /// </summary>
    public async Task<bool> DeleteLeftMessagesAsync(string sessionId, int beforeBranch, CancellationToken cancellationToken)
    {
        await StoredLayout.DeleteAllAsync(place.Messages, StoredLayout.ToMessages(sessionId, beforeBranch), cancellationToken);
        return true;
    }

    private static StoredSession ToSession(BsonDocument session) => new(
        StoredLayout.IsTombstone(session),
        StoredLayout.GetFirstBranch(session),
        StoredLayout.FindTime(session, "sweep_at"),
        session["agents"] switch
        {
            // Other writers may have stored one twice, or under a name that is not encoded.
            BsonArray agents => agents.OfType<BsonDocument>().Select(agent => (Id: StoredLayout.ToAgentId(agent["k"].AsString), Stored: agent))
                .DistinctBy(static agent => agent.Id, StringComparer.Ordinal)
                .ToDictionary(static agent => agent.Id, agent => StoredLayout.FindHistory(session, agent.Stored, agent.Id), StringComparer.Ordinal),
            BsonString { Value: "missing" or "null" } => new Dictionary<string, StoredHistory?>(StringComparer.Ordinal),
            _ => null,
        });

    // Without its base, for what stands on the branch itself.
    private static AgentBranch ToBranch(StoredKey key) => new(key.AgentId, key.Branch);
}
