using System.Globalization;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of a history's branches: <c>first</c> and <c>next</c> of a session, <c>branch</c>, <c>base</c> and <c>end</c> of an agent,
/// <c>branch</c> and <c>base</c> of a message.
/// </summary>
/// <remarks>All of an agent's are changed together with its <see cref="RunDocument"/>.</remarks>
internal static class HistoryDocument
{
    public const string SegmentBranch = "b";
    private const string SegmentEnd = "n";
    private const string SegmentStart = "s";

    /// <summary>
    /// How many parts of earlier branches the first message of a branch names.
    /// </summary>
    public const int MaxMessageSegments = 16;

    // A branch number must not come again, even if the session that had it is gone: seconds grow, and faster than branches are opened.
    private static readonly DateTime Epoch = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>
    /// Gets the fields of an agent and of its session that <see cref="Read"/> needs.
    /// </summary>
    public static BsonDocument ToProjection(string agentPath) => new()
    {
        { $"{agentPath}.{Fields.Branch}", 1 },
        { $"{agentPath}.{Fields.Base}", 1 },
        { $"{agentPath}.{Fields.End}", 1 },
        { $"{agentPath}.{Fields.Run}", 1 },
        { $"{agentPath}.{Fields.Redaction}", 1 },
        { Fields.Title, 1 },
        { Fields.GeneratedTitle, 1 },
        { Fields.NextBranch, 1 },
        { Fields.FirstBranch, 1 },
    };

    /// <summary>
    /// Gets the first branch of a session that is created now: above all that are left of an earlier one of the same id.
    /// </summary>
    public static int GetFirstBranch(DateTime now, int leftBranch) =>
        Math.Max((int)Math.Clamp((now - Epoch).TotalSeconds, 1, int.MaxValue / 2), leftBranch + 1);

    /// <summary>
    /// Reads what is stored of an agent's history.
    /// </summary>
    /// <exception cref="DamagedSessionException">Which messages are the history cannot be told.</exception>
    public static StoredHistory Read(BsonDocument session, BsonDocument agent, string agentId, ref DamagedFields damaged)
    {
        AgentBranch branch;
        try
        {
            branch = new AgentBranch(agentId, ReadNumber(agent, Fields.Branch, 0), ReadBase(agent.GetValue(Fields.Base, BsonNull.Value)));
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new DamagedSessionException(session[Fields.Id].ToString()!, agentId, Fields.Base);
        }

        return new StoredHistory
        {
            Branch = branch,
            End = FindNumber(agent, Fields.End) ?? 0,
            Run = RunDocument.Read(agent, ref damaged),
            Redaction = agent.GetValue(Fields.Redaction, BsonNull.Value) is BsonString redaction ? redaction.Value : null,
            HasTitle = session.Contains(Fields.Title) || session.Contains(Fields.GeneratedTitle),
            NextBranch = ReadNext(session),
            FirstBranch = ReadFirst(session),
        };
    }

    /// <summary>
    /// Gets the number that the next branch of a session gets.
    /// </summary>
    public static int ReadNext(BsonDocument session) => FindNumber(session, Fields.NextBranch) ?? 1;

    /// <summary>
    /// Gets the lowest branch number of a session.
    /// </summary>
    public static int ReadFirst(BsonDocument session) => FindNumber(session, Fields.FirstBranch) ?? 0;

    /// <summary>
    /// Gets the filter for a session whose next branch has a number.
    /// </summary>
    public static BsonElement ToNextFilter(int next) =>
        // A session from before there were branches has none.
        new(Fields.NextBranch, next == 1 ? new BsonDocument("$in", new BsonArray { 1, BsonNull.Value }) : next);

    /// <summary>
    /// Reads the branch that a message stands on.
    /// </summary>
    /// <exception cref="FormatException">It has none.</exception>
    public static MessageBranch ReadBranch(BsonDocument message)
    {
        var field = message.GetValue(Fields.Base, BsonNull.Value);
        var start = field is BsonArray and [BsonDocument first, ..] ? ReadNumber(first, SegmentStart, 0) : 0;
        return new MessageBranch(ReadNumber(message, Fields.Branch, 0), start, ReadBase(field));
    }

    /// <summary>
    /// Writes the branch of a message. Nothing for branch 0.
    /// </summary>
    /// <remarks>
    /// Of a history that was changed often, only the latest parts, and most messages name the last one: the first message of the branch, which it
    /// leads to, names more, and that of the branch before these the next ones.
    /// </remarks>
    public static void Write(IBsonWriter writer, AgentBranch branch, int position)
    {
        if (branch.Number == 0)
        {
            return;
        }

        writer.WriteName(Fields.Branch);
        writer.WriteInt32(branch.Number);
        if (branch.Base.Count == 0)
        {
            return;
        }

        var first = Math.Max(0, branch.Base.Count - (position == branch.Start ? MaxMessageSegments : 1));
        writer.WriteName(Fields.Base);
        writer.WriteStartArray();
        for (var i = first; i < branch.Base.Count; i++)
        {
            var (number, end) = branch.Base[i];
            writer.WriteStartDocument();
            writer.WriteName(SegmentBranch);
            writer.WriteInt32(number);
            writer.WriteName(SegmentEnd);
            writer.WriteInt32(end);
            if (i == first && first > 0)
            {
                writer.WriteName(SegmentStart);
                writer.WriteInt32(branch.Base[first - 1].End);
            }

            writer.WriteEndDocument();
        }

        writer.WriteEndArray();
    }

    /// <summary>
    /// Adds to a filter what an update of an agent depends on.
    /// </summary>
    public static void AddFence(BsonDocument filter, string agentPath, HistoryFence fence)
    {
        if (fence.RunToken is { } token)
        {
            filter.Add($"{agentPath}.{Fields.Run}.{Fields.Token}", token);
        }

        if (fence.Branch is { } branch)
        {
            filter.Add($"{agentPath}.{Fields.Branch}", branch == 0 ? new BsonDocument("$in", new BsonArray { 0, BsonNull.Value }) : branch);
        }
    }

    /// <summary>
    /// Adds to an update of an agent what becomes of its run.
    /// </summary>
    public static void AddEnd(BsonDocument set, string agentPath, HistoryFence fence)
    {
        if (fence.ReleasedEnd is { } end)
        {
            set.Add($"{agentPath}.{Fields.End}", end);
            set.Add($"{agentPath}.{Fields.Run}.{RunDocument.Released}", true);
        }
        else if (fence.Abandons)
        {
            set.Add($"{agentPath}.{Fields.Run}.{RunDocument.Term}", 0L);
        }
    }

    /// <summary>
    /// Gets the filter for an agent whose history has not changed since it was read.
    /// </summary>
    /// <param name="agentPath">The path of the agent.</param>
    /// <param name="change">The change.</param>
    /// <param name="now">A time of the server's clock that is no later than now; null where the run need not have passed its time.</param>
    public static BsonDocument ToChangeFilter(string agentPath, HistoryChange change, DateTime? now)
    {
        var path = $"{agentPath}.{Fields.Run}";
        var filter = new BsonDocument
        {
            ToNextFilter(change.Expected.NextBranch),
            { $"{path}.{Fields.Token}", change.Expected.Run is { } run ? run.Token : new BsonDocument("$not", new BsonDocument("$type", "string")) },
        };
        if (change.Expected.Run is { IsReleased: var isReleased })
        {
            // A run that has ended since may have stored more than was read.
            filter.Add($"{path}.{RunDocument.Released}", isReleased ? true : new BsonDocument("$ne", true));
        }

        // Even if a late copy of the command that had begun it has begun it anew.
        filter.Add($"{agentPath}.{Fields.End}", change.Expected.End > 0 ? change.Expected.End : new BsonDocument("$not", new BsonDocument("$gt", 0)));

        if (change.ExpectedRemovedCount is { } removed)
        {
            var count = Fields.AgentDataPath(agentPath, $"{Fields.ConversationManagerState}.{Fields.RemovedMessageCount}");
            filter.Add(count, removed > 0 ? removed : new BsonDocument("$not", new BsonDocument("$gt", 0)));
        }

        if (now is { } time)
        {
            // A sign of life since then moves it on, and then it does not match.
            filter.Add($"{path}.{RunDocument.Renewed}", new BsonDocument("$lte", time - change.Expected.Run!.Term));
        }

        return filter;
    }

    /// <summary>
    /// Gets the update that opens a branch.
    /// </summary>
    public static BsonDocument ToChange(string agentPath, HistoryChange change, AgentBranch branch, BsonDateTime now)
    {
        var update = RunDocument.ToBegin(agentPath, change.Run, change.IsReleased);
        var set = update["$set"].AsBsonDocument;
        set.Add(Fields.UpdatedAt, now);
        set.Add($"{agentPath}.{Fields.UpdatedAt}", now);
        set.Add(Fields.NextBranch, branch.Number + 1);
        set.Add($"{agentPath}.{Fields.Branch}", branch.Number);
        set.Add($"{agentPath}.{Fields.Base}", new BsonArray(branch.Base.Select(static segment => new BsonDocument
        {
            { SegmentBranch, segment.Branch },
            { SegmentEnd, segment.End },
        })));
        set.Add($"{agentPath}.{Fields.End}", branch.Start);
        set.Add($"{agentPath}.{Fields.MessageCount}", branch.Start);
        update["$unset"].AsBsonDocument.Add($"{agentPath}.{Fields.Preview}", "").Add(Fields.GeneratedTitle, "", change.ClearsGeneratedTitle);
        if (change.ClearsConversationManagerState)
        {
            set.Add(Fields.AgentDataPath(agentPath, Fields.ConversationManagerState), new BsonDocument());
        }

        return update;
    }

    private static IReadOnlyList<BranchSegment> ReadBase(BsonValue field) => field switch
    {
        BsonNull => [],
        BsonArray segments =>
        [
            .. segments.Select(static segment => segment is BsonDocument document
                ? new BranchSegment(ReadNumber(document, SegmentBranch, null), ReadNumber(document, SegmentEnd, null))
                : throw new FormatException("A segment is no object.")),
        ],
        _ => throw new FormatException("The base is no array."),
    };

    private static int ReadNumber(BsonDocument document, string name, int? missing) => document.GetValue(name, BsonNull.Value) switch
    {
        BsonNull when missing is { } value => value,
        var field => MessageKeys.ToPosition(field) ?? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The field '{name}' is no number of a branch.")),
    };

    private static int? FindNumber(BsonDocument document, string name) => MessageKeys.ToPosition(document.GetValue(name, BsonNull.Value));
}
