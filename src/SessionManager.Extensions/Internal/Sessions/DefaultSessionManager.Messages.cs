using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Diagnostics;
using SessionManager.Internal.History;
using SessionManager.Internal.Runs;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    private static readonly MessageQuery AllMessages = new();

    /// <inheritdoc/>
    public async Task<int> AppendMessageAsync(ChatMessage message, ISessionAgent agent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var positions = await AppendMessagesAsync([message], agent, cancellationToken).ConfigureAwait(false);
        return positions[0];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> AppendMessagesAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ThrowIfUnusable(agent);
        if (messages.Count == 0)
        {
            return [];
        }

        Identify(messages);
        var tracker = GetTracker(agent);
        using (await tracker.EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            // The second gate, always after the first: other session managers of the process append to this agent, too.
            using var entry = await tracker.Position.EnterAsync(cancellationToken).ConfigureAwait(false);
            // An append that has not seen the agent makes sure that it exists, which the storage does not check.
            var branch = tracker.Branch ?? await GetBranchAsync(agent.AgentId, cancellationToken).ConfigureAwait(false);
            var turnIndex = TurnEnd.IndexIn(messages);
            var turn = turnIndex < 0 ? null : tracker.GetTurnMetrics(agent);
            var ids = tracker.Run is { } run
                ? await AppendAsync(run, branch, messages, tracker.KnownEnd!.Value, turn?.Gained, cancellationToken).ConfigureAwait(false)
                : await AppendAsync(branch, messages, tracker.Position.FindNext(branch.Number), turn?.Gained, cancellationToken).ConfigureAwait(false);
            tracker.Position.Appended(branch.Number, ids[^1]);
            tracker.Appended(branch, ids[^1], turnIndex < 0 ? null : ids[turnIndex], turn, ids[0], Show(messages, i => ids[i]));
            foreach (var position in ids)
            {
                logger.MessageAppended(key.SessionId, agent.AgentId, position);
            }

            return ids;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> AppendAnswerAsync(
        IReadOnlyList<ChatMessage> messages,
        ISessionAgent agent,
        CancellationToken cancellationToken = default)
    {
        using var omitted = new OmittedProperties();
        while (true)
        {
            try
            {
                return await AppendMessagesAsync(messages, agent, cancellationToken).ConfigureAwait(false);
            }
            // Nothing was written. Each attempt has a property less.
            catch (UnstorablePropertyException e) when (omitted.TryOmit(e))
            {
                logger.PropertyNotStored(key.SessionId, agent.AgentId, e.PropertyName);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        query ??= AllMessages;
        return await FindBranchAsync(agentId, query, cancellationToken).ConfigureAwait(false) is { } branch
            ? await ListAsync(branch, query, cancellationToken).ConfigureAwait(false)
            : [];
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        MessageRange.ThrowIfInvalid(query ??= AllMessages);
        return StreamAsync(agentId, query, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> GetMessageCountAsync(string agentId, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        return await FindBranchAsync(agentId, number: null, cancellationToken).ConfigureAwait(false) is { } branch
            ? await storage.GetMessageCountAsync(_id, branch, cancellationToken).ConfigureAwait(false)
            : 0;
    }

    /// <inheritdoc/>
    public async Task<bool> TryReplaceDamagedMessageAsync(string agentId, int position, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable(agentId);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return await FindBranchAsync(agentId, number: null, cancellationToken).ConfigureAwait(false) is { } branch
            && await storage.TryReplaceDamagedMessageAsync(_id, branch, position, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<int>> AppendAsync(
        AgentBranch branch, IReadOnlyList<ChatMessage> messages, int? nextPosition, EventLoopMetrics? metrics, CancellationToken cancellationToken) =>
        (await storage.AppendMessagesAsync(_id, branch, messages, nextPosition, metrics, onlyThere: false, cancellationToken).ConfigureAwait(false))!;

    /// <summary>
    /// Appends messages of a run, which has its branch to itself: where another message has the position, the run is not what it seems.
    /// </summary>
    private async Task<IReadOnlyList<int>> AppendAsync(
        HeldRun run, AgentBranch branch, IReadOnlyList<ChatMessage> messages, int nextPosition, EventLoopMetrics? metrics, CancellationToken cancellationToken)
    {
        await run.ConfirmAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var ids = await storage.AppendMessagesAsync(_id, branch, messages, nextPosition, metrics, onlyThere: true, cancellationToken).ConfigureAwait(false);
            if (ids is not null)
            {
                return ids;
            }

            if (await run.RenewAsync(cancellationToken).ConfigureAwait(false))
            {
                logger.RunInterleaved(key.SessionId, branch.AgentId, nextPosition);
            }

            // Or an insert of this run that was given up has been carried out.
            return await AppendAsync(branch, messages, nextPosition: null, metrics, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (ArgumentException or MessageTooLargeException))
        {
            run.HasUnknownInsert = true;
            throw;
        }
    }

    private async IAsyncEnumerable<SessionMessage> StreamAsync(
        string agentId, MessageQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await FindBranchAsync(agentId, query, cancellationToken).ConfigureAwait(false) is not { } branch)
        {
            yield break;
        }

        await foreach (var message in storage.StreamMessagesAsync(_id, branch, query, cancellationToken).ConfigureAwait(false))
        {
            yield return Identify(message);
        }
    }

    private Task<AgentBranch?> FindBranchAsync(string agentId, MessageQuery query, CancellationToken cancellationToken)
    {
        MessageRange.ThrowIfInvalid(query);
        return FindBranchAsync(agentId, query.Branch, cancellationToken);
    }

    private Task<AgentBranch?> FindBranchAsync(string agentId, int? number, CancellationToken cancellationToken) =>
        storage.FindBranchAsync(_id, agentId, number, cancellationToken);

    private async Task<IReadOnlyList<SessionMessage>> ListAsync(AgentBranch branch, MessageQuery query, CancellationToken cancellationToken)
    {
        var messages = await storage.ListMessagesAsync(_id, branch, query, cancellationToken).ConfigureAwait(false);
        foreach (var message in messages)
        {
            Identify(message);
        }

        return messages;
    }

    // By its id the caller can name a message, and it is known when it is sent again. A null is refused by the storage.
    private static void Identify(IReadOnlyList<ChatMessage> messages)
    {
        foreach (var message in messages)
        {
            message?.MessageId ??= MessageIds.Create();
        }
    }

    private ShownHistory Show(IReadOnlyList<ChatMessage> messages, Func<int, int> getPosition) => new()
    {
        LastMessageAt = timeProvider.GetUtcNow(),
        Preview = ShownMessages.FindLatest(messages, getPosition),
    };

    private static SessionMessage Identify(SessionMessage message)
    {
        IncomingHistory.Identify(message);
        return message;
    }

    /// <summary>
    /// Makes sure that the agent is there to append to, and gets its current branch.
    /// </summary>
    private async Task<AgentBranch> GetBranchAsync(string agentId, CancellationToken cancellationToken) =>
        await FindBranchAsync(agentId, number: null, cancellationToken).ConfigureAwait(false)
        ?? throw await MissingAgent.FindCauseAsync(storage, _id, agentId, cancellationToken).ConfigureAwait(false);
}
