using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Protocol.Checking;

/// <summary>
/// The storage as one writer uses it: each command waits for the scheduler.
/// </summary>
internal class StepStorage(World world, Writer writer) : DelegatingSessionStorage(world.Storage)
{
    private static readonly (string, CommandKind)[] Load = [(CommandGroup.List, CommandKind.Read), (CommandGroup.Acquire, CommandKind.Update), ("add", CommandKind.Update)];
    private static readonly (string, CommandKind)[] LoadOnly = [(CommandGroup.List, CommandKind.Read), ("find", CommandKind.Read), ("add", CommandKind.Update)];
    private static readonly (string, CommandKind)[] Deletion = [("end", CommandKind.Update), ("delete messages", CommandKind.Update)];
    private static readonly (string, CommandKind)[] Sweep = [("find", CommandKind.Read), ("delete messages", CommandKind.Update), ("remove", CommandKind.Update)];

    protected World World => world;

    protected Writer Writer => writer;

    protected override Task<StoredAgentAddition> GetOrAddAgentCoreAsync(
        string sessionId,
        StoredAgent agent,
        IReadOnlyList<ChatMessage> messages,
        string? applicationName,
        int? maxMessages,
        RunRequest? run,
        bool mustExist,
        CancellationToken cancellationToken)
    {
        var group = new CommandGroup(writer, $"load {agent.AgentId} {run?.Token}", run is null ? LoadOnly : Load)
        {
            Copy = run is null ? null : () => AcquireAgain(sessionId, agent, run),
        };
        return world.SendAllAsync(
            group,
            () => Inner.GetOrAddAgentAsync(sessionId, agent, messages, applicationName, maxMessages, run, mustExist: false, CancellationToken.None),
            static loaded => $"{Describe(loaded.History)} {loaded.ExistingAgent is null} {loaded.ExistingAgent?.State} {string.Join(',', loaded.Messages.Select(static message => $"{message.Branch}/{message.Position}{message.Message.Text}"))}");
    }

    protected override Task<StoredAgent?> GetAgentCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"get {agentId}",
            CommandKind.Read,
            () => Inner.GetAgentAsync(sessionId, agentId, CancellationToken.None),
            static agent => Describe(agent?.History));

    protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        world.SendAsync(writer, "get session", CommandKind.Read, () => Inner.GetSessionAsync(sessionId, CancellationToken.None), static session => $"{session is null}");

    protected override Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"title {title} {source?.Branch.Number}",
            CommandKind.Update,
            () => Inner.SetTitleAsync(sessionId, title, source, CancellationToken.None),
            static isSet => $"{isSet}");

    protected override Task<bool> UpdateAgentCoreAsync(string sessionId, StoredAgent update, HistoryFence? fence, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"update {update.AgentId} {fence} {update.State}",
            CommandKind.Update,
            () => Inner.UpdateAgentAsync(sessionId, update, fence, CancellationToken.None),
            static isUpdated => $"{isUpdated}",
            // The session may be gone, of which nobody hears.
            () => _ = Inner.UpdateAgentAsync(sessionId, update, fence, CancellationToken.None));

    protected override Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            Describe(change),
            CommandKind.Update,
            () => ChangeHistoryAsync(sessionId, change),
            static branch => $"{branch?.Number}");

    /// <summary>
    /// Carries a change of a history out, in one step.
    /// </summary>
    protected virtual Task<AgentBranch?> ChangeHistoryAsync(string sessionId, HistoryChange change) =>
        Inner.TryChangeHistoryAsync(sessionId, change, CancellationToken.None);

    protected override Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"renew {agentId} {run.Token}",
            CommandKind.Update,
            () => Inner.TryRenewRunAsync(sessionId, agentId, run, CancellationToken.None),
            static held => $"{held is null} {held?.IsStopRequested}");

    protected override Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        world.SendAsync(writer, $"stop {agentId}", CommandKind.Update, () => Inner.TryStopRunAsync(sessionId, agentId, CancellationToken.None), static found => $"{found}");

    protected override Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"list branches {fromBranch} {beforeBranch}",
            CommandKind.Read,
            () => Inner.ListBranchesAsync(sessionId, agentId, fromBranch, beforeBranch, limit, CancellationToken.None),
            static branches => string.Join(',', branches.Select(static branch => $"{branch.Branch.Number}/{branch.MessageCount}")));

    protected override Task<bool> CreateSessionCoreAsync(
        string sessionId, string? applicationName, IReadOnlyDictionary<string, object?>? metadata, bool revivesDeleted, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            "create",
            CommandKind.Update,
            () => Inner.CreateSessionAsync(sessionId, applicationName, metadata, revivesDeleted, CancellationToken.None),
            static isCreated => $"{isCreated}");

    protected override Task<bool> ForkSessionCoreAsync(
        string sessionId, string targetId, string? applicationName, IReadOnlyDictionary<string, int> messageCounts, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            "fork",
            CommandKind.Update,
            () => Inner.ForkSessionAsync(sessionId, targetId, applicationName, messageCounts, CancellationToken.None),
            static isCreated => $"{isCreated}");

    protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        world.SendAllAsync(new CommandGroup(writer, "delete", Deletion), () => Inner.DeleteSessionAsync(sessionId, CancellationToken.None), static existed => $"{existed}");

    protected override Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"delete branch {branch.Number}",
            CommandKind.Update,
            async () =>
            {
                await Inner.DeleteBranchAsync(sessionId, branch, CancellationToken.None);
                return true;
            },
            static _ => "");

    public override Task<int> SweepAsync(CancellationToken cancellationToken = default)
    {
        world.IsSweeping = true;
        return world.SendAllAsync(new CommandGroup(writer, "sweep", Sweep), () => Inner.SweepAsync(CancellationToken.None), static count => $"{count}");
    }

    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"list {branch.Number} {query}",
            CommandKind.Read,
            () => Inner.ListMessagesAsync(sessionId, branch, query, CancellationToken.None),
            static messages => string.Join(',', messages.Select(static message => $"{message.Position}{message.Message.Text}")));

    protected override Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        world.SendAsync(
            writer,
            $"count {branch.Number}",
            CommandKind.Read,
            () => Inner.GetMessageCountAsync(sessionId, branch, CancellationToken.None),
            static count => count.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Inserts messages at the position that is guessed. Where it is taken, a writer without a run finds the next one, by commands of their own.
    /// </summary>
    protected override async Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken)
    {
        // What the writer has at the time, whatever it has when the insert is carried out.
        var token = writer.LastToken;
        while (true)
        {
            var position = nextPosition ?? await GetMessageCountCoreAsync(sessionId, branch, cancellationToken);
            var first = await world.SendAsync(
                writer,
                $"insert {branch.AgentId}{branch.Number} {string.Join(',', branch.Base)} {position} {string.Join(',', messages.Select(static message => message.Text))} {token}",
                CommandKind.Insert,
                () => InsertAsync(sessionId, branch, messages, position, metrics, token),
                static found => $"{found}",
                () => _ = InsertAsync(sessionId, branch, messages, position, metrics, token));
            if (first is not null || onlyThere)
            {
                return first is { } start ? [.. Enumerable.Range(start, messages.Count)] : null;
            }

            nextPosition = null;
        }
    }

    /// <summary>
    /// Inserts as a database does, by key. Null where another message has it.
    /// </summary>
    private async Task<int?> InsertAsync(
        string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, int position, EventLoopMetrics? metrics, string? token)
    {
        var stored = world.Look();
        var copy = stored.Messages.Find(message => message.Text == messages[0].Text && message.Branch.Number == branch.Number);
        if (copy.Branch is not null || stored.Find(branch, position) is not null)
        {
            // Its own is of a copy that was sent before: told by the append id.
            return copy.Branch is null ? null : copy.Position;
        }

        var positions = await Inner.AppendMessagesAsync(sessionId, branch, messages, position, metrics, onlyThere: true, CancellationToken.None);
        if (positions is not null)
        {
            world.Ledger.Insert(writer, token, branch, positions[0], [.. messages.Select(static message => message.Text)]);
        }

        return positions?[0];
    }

    private void AcquireAgain(string sessionId, StoredAgent agent, RunRequest run)
    {
        // It takes the run where the agent is there, and adds nothing.
        if (world.Look().FindAgent(agent.AgentId) is not null)
        {
            _ = Inner.GetOrAddAgentAsync(sessionId, agent, [], null, null, run, mustExist: false, CancellationToken.None);
        }
    }

    private static string Describe(HistoryChange change) =>
        $"change {change.Expected.Branch.AgentId} {change.Expected.Run?.Token} {change.Expected.NextBranch} {change.OnlyIfExpired} [{string.Join(',', change.Base)}] {change.Run.Token} {change.IsReleased}";

    private static string Describe(StoredHistory? history) => history is null
        ? "none"
        : $"{history.Branch.Number} [{string.Join(',', history.Branch.Base)}] {history.End} {history.NextBranch} {history.FirstBranch} {history.Run?.Token} {history.Run?.IsReleased} {history.Run?.Until.Ticks}";
}
