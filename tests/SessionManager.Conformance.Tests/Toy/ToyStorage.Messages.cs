using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance.Toy;

public sealed partial class ToyStorage
{
    protected override Task<bool> AddFirstMessagesCoreAsync(string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken) =>
        RunAsync(() => TryAddFirst(sessionId, branch, Create(sessionId, branch, messages, metrics: null)), cancellationToken);

    protected override async Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken)
    {
        // The position that is expected saves a database the search for the end. Here the end is known.
        using var scope = Enter(cancellationToken);
        if (options.SessionTtl is not null && !(Find(sessionId) is { Info: not null } there && there.FirstBranch <= branch.Number))
        {
            throw new SessionNotFoundException(sessionId);
        }

        var added = Create(sessionId, branch, messages, metrics);
        if (onlyThere && nextPosition < FindMessages(sessionId, branch).Count)
        {
            return null;
        }

        GetMessages(GetOrAdd(sessionId), branch).AddRange(added);
        return [.. added.Select(message => message.Position)];
    }

    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken) =>
        RunAsync(() => List(sessionId, branch, query), cancellationToken);

    protected override async IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId, AgentBranch branch, MessageQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var message in await ListMessagesCoreAsync(sessionId, branch, query, cancellationToken))
        {
            yield return message;
        }
    }

    protected override Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken) =>
        RunAsync(() => FindMessages(sessionId, branch).Count, cancellationToken);

    // Those that stand on the branch itself.
    private static List<SessionMessage> GetMessages(ToySession session, AgentBranch branch)
    {
        if (!session.Branches.TryGetValue((branch.AgentId, branch.Number), out var entry))
        {
            session.Branches[(branch.AgentId, branch.Number)] = entry = (branch, []);
        }

        return entry.Messages;
    }

    private bool TryAddFirst(string sessionId, AgentBranch branch, List<SessionMessage> first)
    {
        var isFirst = FindMessages(sessionId, branch).Count == 0;
        var messages = GetMessages(GetOrAdd(sessionId), branch);
        messages.AddRange(isFirst ? first : []);
        return isFirst;
    }

    // The metrics go with the last assistant message.
    private List<SessionMessage> Create(string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, EventLoopMetrics? metrics)
    {
        var first = FindMessages(sessionId, branch).Count;
        var last = messages.LastOrDefault(message => message.Role == ChatRole.Assistant);
        return [.. messages.Select((message, i) => new SessionMessage
        {
            AgentId = branch.AgentId,
            Branch = branch.Number,
            Position = first + i,
            Message = ToyMessages.Copy(message, sessionId, branch.AgentId),
            EventLoopMetrics = message == last ? Copy(metrics) : null,
            CreatedAt = Now(),
            UpdatedAt = Now(),
        })];
    }

    private IReadOnlyList<SessionMessage> List(string sessionId, AgentBranch branch, MessageQuery query)
    {
        var range = FindMessages(sessionId, branch).Take(query.BeforePosition ?? int.MaxValue).Skip(query.FromPosition);
        return [.. (query.NewestFirst ? range.Reverse() : range).Take(query.Limit ?? int.MaxValue).Select(message => message with
        {
            Message = ToyMessages.Copy(message.Message, sessionId, branch.AgentId),
            RedactMessage = message.RedactMessage is null ? null : ToyMessages.Copy(message.RedactMessage, sessionId, branch.AgentId),
        })];
    }

    // The whole history, where the index of each is its position.
    private List<SessionMessage> FindMessages(string sessionId, AgentBranch branch) => Find(sessionId) is { } session
        ? [.. branch.GetParts(0, null).SelectMany(part => session.Branches.GetValueOrDefault((branch.AgentId, part.Branch)).Messages ?? [])
            .Where(message => branch.GetBranchAt(message.Position) == message.Branch)]
        : [];
}
