using System.Text;
using Microsoft.Extensions.AI;

namespace SessionManager.Protocol.Checking;

/// <summary>
/// What has happened that storage alone does not tell, and the invariants over both.
/// </summary>
internal sealed partial class Ledger(World world)
{
    private readonly SortedDictionary<string, string[]> _sent = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (AgentBranch Branch, int Position)> _inserted = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _acknowledged = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _completed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _takenBack = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _current = new(StringComparer.Ordinal);
    private readonly SortedSet<int> _lives = [];
    private int _highest = -1;
    private int _deletedBefore;
    private bool _isSweptTooEarly;

    /// <summary>
    /// Gets the messages of writers without a run.
    /// </summary>
    public SortedSet<string> PlainTexts { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// Notes what a model is sent, and what it answers.
    /// </summary>
    public void Send(AgentBranch branch, string answer, string[] sent)
    {
        _sent[answer] = sent;
        var first = _lives.GetViewBetween(0, branch.Number).Max;
        foreach (var text in sent)
        {
            if (_inserted.TryGetValue(text, out var place) && place.Branch.Number < first)
            {
                world.Report($"7: the request for {answer} holds {text} of branch {place.Branch.Number}, which was deleted before {first}.");
            }
        }
    }

    /// <summary>
    /// Notes that messages were inserted: by the holder of the run, unless the writer has none.
    /// </summary>
    public void Insert(Writer writer, string? token, AgentBranch branch, int position, string[] texts)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            _inserted[texts[i]] = (branch, position + i);
        }

        var stored = world.Look();
        _isSweptTooEarly |= world.IsSweeping && branch.Number < Math.Max(stored.First, _deletedBefore);
        var history = stored.FindAgent(branch.AgentId);
        if (!writer.IsPlain && history is not null && history.Branch.Number == branch.Number && !(history.Run is { IsReleased: false } run && run.Token == token))
        {
            world.Report($"5: {texts[0]} of run {token} was inserted on the current branch {branch.Number}, whose run is {history.Run?.Token}, released: {history.Run?.IsReleased}.");
        }
    }

    /// <summary>
    /// Notes that a message was acknowledged.
    /// </summary>
    public AgentBranch Acknowledge(string text, int position)
    {
        _acknowledged.Add(text);
        if (!_inserted.TryGetValue(text, out var place) || place.Position != position)
        {
            world.Report($"2: {text} was acknowledged at {position}, and is at {place.Position}.");
        }

        return place.Branch;
    }

    /// <summary>
    /// Notes that a run has ended in order: its messages are on the current branch.
    /// </summary>
    public void Complete(string agentId, string? token, params string[] texts)
    {
        _completed.UnionWith(texts);
        var stored = world.Look();
        var history = stored.FindAgent(agentId);

        // Where another one has gone on since, an answer that came late is about what was.
        if (history?.Run?.Token == token && stored.GetHistory(agentId) is var current && texts.Except(current).Any())
        {
            world.Report($"6: run {token} has ended in order, and of {string.Join(',', texts)} is stored {string.Join(',', current)}.");
        }
        else if (history?.Run?.Token != token && world.Scenario.Faults == 0)
        {
            world.Report($"6: run {token} has ended in order, and the run is {history?.Run?.Token}.");
        }
    }

    /// <summary>
    /// Notes that a run is told that it was lost.
    /// </summary>
    public void Lose(AgentBranch branch, string? token)
    {
        if (world.Look().FindAgent(branch.AgentId)?.Branch.Number == branch.Number)
        {
            world.Report($"6: run {token} is told that it was lost, and its branch is current.");
        }
    }

    /// <summary>
    /// Notes that a writer without a run is told that its branch is, or is not, the current one.
    /// </summary>
    public void Sync(AgentBranch? branch, bool isLost)
    {
        var current = world.Look().FindAgent(branch?.AgentId)?.Branch.Number;
        if (branch is not null && (current == branch.Number) == isLost)
        {
            world.Report($"6: a writer on branch {branch.Number} is told that it {(isLost ? "was left" : "is current")}, and {current} is.");
        }
    }

    /// <summary>
    /// Notes that a writer is told that the session was deleted.
    /// </summary>
    public void Delete(int branch)
    {
        var stored = world.Look();
        if (branch >= Math.Max(_deletedBefore, Math.Max(stored.DeletedBefore, stored.First)))
        {
            world.Report($"6: a writer on branch {branch} is told that its session was deleted, and it was not.");
        }
    }

    /// <summary>
    /// Notes that a branch was opened, and current as it was: what stood beyond its base stays away, unless somebody switches back.
    /// </summary>
    public void Change(AgentBranch branch)
    {
        var stored = world.Look();
        if (stored.Agents.Exists(agent => agent.Branch.Number == branch.Number) && !world.Scenario.Switches)
        {
            _takenBack.UnionWith(_completed.Except(stored.GetHistory(branch.AgentId)));
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (answer, sent) in _sent)
        {
            text.Append(answer).Append('<').AppendJoin(',', sent).Append('\n');
        }

        text.AppendJoin(',', _inserted.Select(static place => $"{place.Key}{place.Value.Branch.Number}/{place.Value.Position}")).Append('\n').AppendJoin(',', _acknowledged).Append('\n').AppendJoin(',', _completed).Append('\n');
        text.AppendJoin(',', _takenBack).Append('\n').AppendJoin(',', PlainTexts).Append('\n');
        text.AppendJoin(',', _current).Append('\n').AppendJoin(',', _lives).Append('\n');
        return text.Append(_highest).Append(' ').Append(_deletedBefore).Append(' ').Append(_isSweptTooEarly).Append(world.IsSweeping).ToString();
    }

    /// <summary>
    /// One turn more: with a free session a term after all is quiet.
    /// </summary>
    public async Task ProbeAsync(Writer writer)
    {
        var (manager, agent) = (writer.Open(), new SessionAgent("a"));
        await using var run = await manager.StartRunAsync(agent, whenBusy: WhenBusy.Fail);
        string[] loaded = [.. agent.Messages.Select(static message => message.Text)];
        if (world.Scenario.KeepsAll && _completed.Where(static text => !text.EndsWith('b')).Except(loaded).ToList() is { Count: > 0 } missing)
        {
            world.Report($"6: {string.Join(',', missing)} is not in the history, which is {string.Join(',', loaded)}.");
        }

        if (_takenBack.Intersect(loaded).ToList() is { Count: > 0 } back)
        {
            world.Report($"1: {string.Join(',', back)} was taken back, and is in the history, which is {string.Join(',', loaded)}.");
        }

        await writer.AppendAsync(manager, agent, ChatRole.User, "qZ");
        Send(run.Branch, "aZ", [.. loaded, "qZ"]);
        await writer.AppendAsync(manager, agent, ChatRole.Assistant, "aZ");
        await run.CompleteAsync();
        Complete("a", writer.LastToken, "qZ", "aZ");
    }
}
