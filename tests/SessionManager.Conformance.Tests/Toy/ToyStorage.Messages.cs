using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance.Toy;

public sealed partial class ToyStorage
{
    protected override Task<bool> AddFirstMessagesCoreAsync(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken) =>
        RunAsync(() => TryAddFirst(sessionId, agentId, Create(sessionId, agentId, messages, metrics: null)), cancellationToken);

    protected override async Task<IReadOnlyList<int>> AppendMessagesCoreAsync(
        string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, int? nextPosition, EventLoopMetrics? metrics, CancellationToken cancellationToken)
    {
        // The position that is expected saves a database the search for the end. Here the end is known.
        using var scope = Enter(cancellationToken);
        var added = Create(sessionId, agentId, messages, metrics);
        GetMessages(GetOrAdd(sessionId), agentId).AddRange(added);
        return [.. added.Select(message => message.Position)];
    }

    protected override Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId, string agentId, MessageQuery query, CancellationToken cancellationToken) =>
        RunAsync(() => List(sessionId, agentId, query), cancellationToken);

    protected override async IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId, string agentId, MessageQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var message in await ListMessagesCoreAsync(sessionId, agentId, query, cancellationToken))
        {
            yield return message;
        }
    }

    protected override Task<int> GetMessageCountCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken) =>
        RunAsync(() => FindMessages(sessionId, agentId).Count, cancellationToken);

    private static List<SessionMessage> GetMessages(ToySession session, string agentId) =>
        session.Messages.TryGetValue(agentId, out var messages) ? messages : session.Messages[agentId] = [];

    private bool TryAddFirst(string sessionId, string agentId, List<SessionMessage> first)
    {
        var messages = GetMessages(GetOrAdd(sessionId), agentId);
        var isFirst = messages.Count == 0;
        messages.AddRange(isFirst ? first : []);
        return isFirst;
    }

    // The metrics go with the last assistant message.
    private List<SessionMessage> Create(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, EventLoopMetrics? metrics)
    {
        var first = FindMessages(sessionId, agentId).Count;
        var last = messages.LastOrDefault(message => message.Role == ChatRole.Assistant);
        return [.. messages.Select((message, i) => new SessionMessage
        {
            AgentId = agentId,
            Position = first + i,
            Message = ToyMessages.Copy(message, sessionId, agentId),
            EventLoopMetrics = message == last ? Copy(metrics) : null,
            CreatedAt = Now(),
            UpdatedAt = Now(),
        })];
    }

    private IReadOnlyList<SessionMessage> List(string sessionId, string agentId, MessageQuery query)
    {
        var range = FindMessages(sessionId, agentId).Take(query.BeforePosition ?? int.MaxValue).Skip(query.FromPosition);
        return [.. (query.NewestFirst ? range.Reverse() : range).Take(query.Limit ?? int.MaxValue).Select(message => message with
        {
            Message = ToyMessages.Copy(message.Message, sessionId, agentId),
            RedactMessage = message.RedactMessage is null ? null : ToyMessages.Copy(message.RedactMessage, sessionId, agentId),
        })];
    }

    private List<SessionMessage> FindMessages(string sessionId, string agentId) => Find(sessionId)?.Messages.GetValueOrDefault(agentId) ?? [];
}
