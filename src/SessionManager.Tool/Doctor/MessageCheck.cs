using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Reads all messages once, in the order of their keys, which is that of agents, branches and positions: gaps, damaged ones, those without a session or an agent.
/// </summary>
internal sealed class MessageCheck(Place place) : IDoctorCheck
{
    private readonly MessageRepair _repair = new(place);

    /// <inheritdoc/>
    public string Name => "messages";

    /// <inheritdoc/>
    public async IAsyncEnumerable<DoctorFinding> RunAsync(Action<long> progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = await place.GetServerTimeAsync(cancellationToken);
        var agents = new List<StoredAgentMessages>();
        var gaps = new List<(string SessionId, StoredGap Gap)>();
        var options = new FindOptions<RawBsonDocument> { Sort = new BsonDocument("_id", 1) };
        using var cursor = await place.Messages.FindAsync(new BsonDocument(), options, cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var message in cursor.Current)
            {
                using (message)
                {
                    progress(1);
                    if (await LookAtAsync(message, agents, cancellationToken) is { } foreign)
                    {
                        yield return foreign;
                    }
                }
            }

            // Not the last one, whose messages may go on.
            if (agents.Count > StoredContents.BatchSize)
            {
                foreach (var finding in await FindAsync(agents[..^1], gaps, now, cancellationToken))
                {
                    yield return finding;
                }

                agents.RemoveRange(0, agents.Count - 1);
            }
        }

        foreach (var finding in await FindAsync(agents, gaps, now, cancellationToken))
        {
            yield return finding;
        }

        // At the end, since a session that was on its way out is gone by now.
        foreach (var (sessionId, gap) in gaps)
        {
            if (await _repair.IsMissingAsync(sessionId, gap, cancellationToken))
            {
                yield return ToGap(sessionId, gap);
            }
        }
    }

    private async Task<DoctorFinding?> LookAtAsync(RawBsonDocument message, List<StoredAgentMessages> agents, CancellationToken cancellationToken)
    {
        if (StoredLayout.ParseKey(message["_id"]) is not { } key)
        {
            return ToForeign(message["_id"]);
        }

        if (agents.Count == 0 || agents[^1].SessionId != key.SessionId || agents[^1].AgentId != key.AgentId)
        {
            agents.Add(new StoredAgentMessages(key.SessionId, key.AgentId));
        }

        var agent = agents[^1];
        var branch = StoredLayout.FindBranch(message, key.AgentId, number => agent.FindBranch(number, history: null));
        var isRight = StoredLayout.CanRead(message) && IsFiledRight(message, key) && branch?.Number == key.Branch;
        agent.Add(message, key, isRight ? branch : null);
        if (!isRight)
        {
            agent.Damaged.Add((key, await _repair.FindDamageAsync(key, cancellationToken)));
        }

        return null;
    }

    private static bool IsFiledRight(RawBsonDocument message, StoredKey key) =>
        message.TryGetValue("session_id", out var sessionId) && sessionId == key.SessionId
        && message.TryGetValue("agent_id", out var agentId) && agentId == key.AgentId
        && StoredLayout.GetPosition(message) == key.Position;

    private static DoctorFinding ToForeign(BsonValue id) => new()
    {
        Kind = DoctorFindingKind.ForeignMessage,
        Detail = $"A document among the messages has an _id that no message has{(id is BsonString or BsonObjectId ? $": {id}" : "")}.",
        Remedy = "It is left alone. Move it to another collection.",
    };

    private static DoctorFinding ToStray(StoredKey key, int start) => new()
    {
        Kind = DoctorFindingKind.ForeignMessage,
        SessionId = key.SessionId,
        AgentId = key.AgentId,
        Branch = key.Branch,
        Position = key.Position,
        Detail = $"Its branch begins at position {start}: it is in no history.",
        Remedy = "It is left alone. Move it to another collection.",
    };

    private DoctorFinding ToGap(string sessionId, StoredGap gap)
    {
        var canFix = gap.Before - gap.From <= MessageRepair.MaxGap;
        var place = gap.NeededBy == gap.Branch.Number ? "" : $", and branch {gap.NeededBy} goes on from there";
        return new DoctorFinding
        {
            Kind = DoctorFindingKind.Gap,
            SessionId = sessionId,
            AgentId = gap.Branch.AgentId,
            Branch = gap.Branch.Number,
            Position = gap.From,
            Detail = gap.From == gap.Before - 1 ? $"Position {gap.From} has no message{place}." : $"Positions {gap.From} to {gap.Before - 1} have no message{place}.",
            Remedy = canFix ? "A placeholder without contents, which no model is sent, takes each position." : "The gap is too large to be one: look at the message behind it.",
            FixAsync = canFix ? token => _repair.FillAsync(sessionId, gap, token) : null,
        };
    }

    private DoctorFinding ToDamaged(StoredKey key, string? field, AgentBranch? branch)
    {
        var canFix = field is not null || branch is not null;
        return new DoctorFinding
        {
            Kind = DoctorFindingKind.DamagedMessage,
            SessionId = key.SessionId,
            AgentId = key.AgentId,
            Branch = key.Branch,
            Position = key.Position,
            Detail = field is null
                ? "Its fields say another session, agent, branch or position than its key, or go on from something else than its branch."
                : $"Its field '{field}' cannot be read.",
            Remedy = field is not null
                ? "A placeholder without contents takes its position, and keeps it in replaced_messages."
                : canFix ? "Its fields are set to what its key and its branch say." : "No message says what its branch goes on from: set its fields branch and base.",
            FixAsync = canFix ? token => field is null ? _repair.FileAsync(key, branch!, token) : _repair.ReplaceAsync(key, token) : null,
        };
    }

    // Those of a branch that begins where its base ends, and says so.
    private IEnumerable<DoctorFinding> FindInMessages(StoredAgentMessages agent, StoredHistory? history, int first)
    {
        foreach (var (key, field) in agent.Damaged.Where(damaged => damaged.Key.Branch >= first))
        {
            var branch = agent.FindBranch(key.Branch, history) ?? (key.Branch == 0 ? new AgentBranch(key.AgentId, 0) : null);
            yield return ToDamaged(key, field, branch);
        }

        foreach (var seen in agent.Branches)
        {
            if (seen.Number < first || agent.FindBranch(seen.Number, history) is not { } branch)
            {
                continue;
            }

            foreach (var position in seen.ListOthers(branch))
            {
                yield return ToDamaged(new StoredKey(agent.SessionId, agent.AgentId, seen.Number, position), field: null, branch);
            }

            foreach (var position in seen.Positions.List().TakeWhile(position => position < branch.Start))
            {
                yield return ToStray(new StoredKey(agent.SessionId, agent.AgentId, seen.Number, position), branch.Start);
            }
        }
    }

    private async Task<IReadOnlyList<DoctorFinding>> FindAsync(
        IReadOnlyList<StoredAgentMessages> agents, List<(string SessionId, StoredGap Gap)> gaps, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        var sessions = await _repair.FindSessionsAsync(agents.Select(static agent => agent.SessionId).Distinct(StringComparer.Ordinal), cancellationToken);
        foreach (var group in agents.GroupBy(static agent => agent.SessionId, StringComparer.Ordinal))
        {
            var session = sessions.GetValueOrDefault(group.Key);
            var first = session?.FirstBranch ?? 0;
            findings.AddRange(group.SelectMany(agent => FindInMessages(agent, session?.Agents?.GetValueOrDefault(agent.AgentId), first)));
            if (session is null or { IsDeleted: true })
            {
                // Those below are what the sweep removes.
                var count = group.Sum(agent => agent.CountFrom(first));
                if (count > 0 && await _repair.HasMessagesAsync(group.Key, first, cancellationToken))
                {
                    findings.Add(ToOrphans([.. group], count, first));
                }
            }
            else
            {
                findings.AddRange(FindInSession(session, group, gaps));
            }

            var left = group.Sum(agent => agent.CountBelow(first));
            if (left > 0 && StoredContents.IsOverdue(session!.SweepAt, now) && await _repair.HasLeftMessagesAsync(group.Key, first, cancellationToken))
            {
                findings.Add(StoredContents.ToOverdue(
                    group.Key, Format.Count(left, "message"), session!, token => _repair.DeleteLeftMessagesAsync(group.Key, first, token)));
            }
        }

        return findings;
    }

    private IEnumerable<DoctorFinding> FindInSession(StoredSession session, IEnumerable<StoredAgentMessages> agents, List<(string SessionId, StoredGap Gap)> gaps)
    {
        foreach (var agent in agents)
        {
            if (session.Agents is { } known && agent.CountFrom(session.FirstBranch) > 0)
            {
                if (!known.TryGetValue(agent.AgentId, out var history))
                {
                    yield return ToOrphan(agent, session.FirstBranch);
                }
                else if (history is null)
                {
                    yield return ToDamagedHistory(agent);
                }
            }

            gaps.AddRange(agent.FindGaps(session.Agents?.GetValueOrDefault(agent.AgentId), session.FirstBranch).Select(gap => (agent.SessionId, gap)));
        }
    }

    private DoctorFinding ToOrphans(IReadOnlyList<StoredAgentMessages> agents, long count, int first)
    {
        var sessionId = agents[0].SessionId;
        var last = agents.Max(static agent => agent.Branches.Max(static branch => branch.Number));
        return agents.All(static agent => agent.IsMigrated)
            ? new DoctorFinding
            {
                Kind = DoctorFindingKind.UnfinishedMigration,
                SessionId = sessionId,
                Detail = $"{count} messages are there, their session is not: a migration was ended before it.",
                Remedy = "Migrate it again: session-manager migrate.",
            }
            : new DoctorFinding
            {
                Kind = DoctorFindingKind.OrphanedMessages,
                SessionId = sessionId,
                Detail = $"{count} messages have no session.",
                Remedy = "They are deleted.",
                FixAsync = token => _repair.DeleteOrphansAsync(sessionId, first, last, token),
            };
    }

    private static DoctorFinding ToDamagedHistory(StoredAgentMessages agent) => new()
    {
        Kind = DoctorFindingKind.DamagedSession,
        SessionId = agent.SessionId,
        AgentId = agent.AgentId,
        Detail = "What its branch goes on from cannot be read: the agent cannot be loaded.",
        Remedy = "Set branch and base of the agent to those of its latest message.",
    };

    private DoctorFinding ToOrphan(StoredAgentMessages agent, int first) => new()
    {
        Kind = DoctorFindingKind.OrphanedAgent,
        SessionId = agent.SessionId,
        AgentId = agent.AgentId,
        Detail = $"{agent.CountFrom(first)} messages are of an agent that the session does not have.",
        Remedy = "The agent is added, and goes on with its messages.",
        FixAsync = token => _repair.AddAgentAsync(agent.SessionId, agent.AgentId, token),
    };
}
