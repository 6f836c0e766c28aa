using System.Text;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.InMemory;

namespace SessionManager.Protocol.Checking;

/// <summary>
/// What is stored, as it is.
/// </summary>
internal sealed class Stored
{
    private readonly InMemorySession? _session;

    public Stored(InMemorySession? session)
    {
        _session = session;
        if (session?.Document is not { } document)
        {
            return;
        }

        First = HistoryDocument.ReadFirst(document);
        Next = HistoryDocument.ReadNext(document);
        DamagedFields damaged = default;
        foreach (var agent in document[Fields.Agents].AsBsonDocument)
        {
            Agents.Add(HistoryDocument.Read(document, agent.Value.AsBsonDocument, agent.Name, ref damaged));
        }
    }

    public bool IsThere => _session?.Document is not null;

    public int DeletedBefore => _session?.DeletedBefore ?? 0;

    public int First { get; }

    public int Next { get; }

    public List<StoredHistory> Agents { get; } = [];

    public List<(AgentBranch Branch, int Position, string Text)> Messages => field ??= ReadMessages();

    public StoredHistory? FindAgent(string? agentId) => Agents.Find(agent => agent.Branch.AgentId == agentId);

    public string? Find(AgentBranch branch, int position) => Texts.GetValueOrDefault((branch.AgentId, branch.GetBranchAt(position), position));

    /// <summary>
    /// Gets the messages of a history up to a position; null in the place of one that is missing.
    /// </summary>
    public IEnumerable<string?> GetChain(AgentBranch branch, int before) => Enumerable.Range(0, before).Select(position => Find(branch, position));

    /// <summary>
    /// Gets the whole current history of an agent.
    /// </summary>
    public List<string> GetHistory(string agentId)
    {
        List<string> history = [];
        if (FindAgent(agentId) is { } found)
        {
            while (Find(found.Branch, history.Count) is { } text)
            {
                history.Add(text);
            }
        }

        return history;
    }

    public string DescribeMessages()
    {
        var text = new StringBuilder();
        foreach (var (branch, position, message) in Messages)
        {
            text.Append(branch.AgentId).Append(branch.Number).AppendJoin(',', branch.Base).Append('/').Append(position).Append(message).Append(';');
        }

        return text.ToString();
    }

    public string DescribeSession()
    {
        var text = new StringBuilder();
        text.Append(IsThere).Append(First).Append(' ').Append(Next).Append(' ').Append(DeletedBefore).Append(' ').Append(_session?.SweepAt?.Ticks ?? 0).Append(' ');
        foreach (var agent in Agents)
        {
            text.Append(agent.Branch.AgentId).Append(agent.Branch.Number).AppendJoin(',', agent.Branch.Base).Append('/').Append(agent.End).Append(' ');
            text.Append(agent.Run?.Token).Append(agent.Run?.IsReleased).Append(agent.Run?.Until.Ticks).Append(agent.Run?.IsStopRequested).Append(';');
        }

        // What else an agent has.
        if (_session?.Document is { } document)
        {
            foreach (var agent in document[Fields.Agents].AsBsonDocument)
            {
                text.Append(agent.Value[Fields.AgentData].ToJson());
            }
        }

        return text.ToString();
    }

    private Dictionary<(string AgentId, int Branch, int Position), string> Texts =>
        field ??= Messages.ToDictionary(static message => (message.Branch.AgentId, message.Branch.Number, message.Position), static message => message.Text);

    private List<(AgentBranch Branch, int Position, string Text)> ReadMessages() =>
        [.. (_session?.Messages ?? []).Select(static message => (message.Branch, message.Position, message.Message["content"][0]["text"].AsString))];
}
