using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken)
    {
        var first = CreateAll(sessionId, agentId, messages, metrics: null);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return TryAddFirst(GetOrAdd(sessionId), agentId, first);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<int>> AppendMessagesCoreAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken)
    {
        var created = CreateAll(sessionId, agentId, messages, metrics);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var history = created is [] ? [] : GetOrAdd(sessionId).GetMessages(agentId);
        // The expected position saves a look-up in a database; here the end is known.
        var first = history.Count;
        history.AddRange(created.Select((message, index) => message with { Position = first + index }));
        return [.. Enumerable.Range(first, created.Length)];
    }

    /// <inheritdoc/>
    protected override async Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        string agentId,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken)
    {
        var document = Copy(EventLoopMetricsDocument.ToBson(metrics));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is { } session && session.FindMessages(agentId) is { } messages && position < messages.Count)
        {
            messages[position] = messages[position] with { EventLoopMetrics = document, UpdatedAt = Now() };
            Extend(session);
        }
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        var messages = await FindMessagesAsync(sessionId, agentId, query, cancellationToken).ConfigureAwait(false);
        return [.. messages.Select(message => message.ToSessionMessage(codec))];
    }

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        return StreamAsync(sessionId, agentId, query, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<int> GetMessageCountCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId)?.FindMessages(agentId)?.Count ?? 0;
    }

    /// <inheritdoc/>
    protected override async Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        string agentId,
        int position,
        string requestId,
        CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId)?.FindMessages(agentId) is not { } messages || position >= messages.Count
            || messages[position].ClaimedRequests.Contains(requestId))
        {
            return false;
        }

        messages[position] = messages[position] with { ClaimedRequests = messages[position].ClaimedRequests.Add(requestId) };
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        string agentId,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken)
    {
        var replacement = CreateAll(sessionId, agentId, [message], metrics: null)[0].Message;
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId)?.FindMessages(agentId) is not { } messages || position != messages.Count - 1)
        {
            return false;
        }

        messages[position] = messages[position] with { Message = replacement, UpdatedAt = Now() };
        return true;
    }

    private static bool TryAddFirst(InMemorySession session, string agentId, InMemoryMessage[] first)
    {
        var messages = session.GetMessages(agentId);
        if (first.Length > 0 && messages.Count > 0)
        {
            return false;
        }

        messages.AddRange(first);
        return true;
    }

    private InMemoryMessage[] CreateAll(string sessionId, string agentId, IReadOnlyList<ChatMessage> messages, EventLoopMetrics? metrics)
    {
        var now = Now();
        var documents = MessageDocument.CreateAll(sessionId, agentId, messages, firstPosition: 0, metrics, codec, now.ToUniversalTime(), expiresAt: null);
        return Array.ConvertAll(documents, document => new InMemoryMessage
        {
            AgentId = agentId,
            Position = document.Position,
            Message = document.Message,
            EventLoopMetrics = document.EventLoopMetrics,
            CreatedAt = now,
            UpdatedAt = now,
        });
    }

    // Decoded by the caller, outside of the gate: it lets one operation in at a time.
    private async Task<InMemoryMessage[]> FindMessagesAsync(string sessionId, string agentId, MessageQuery query, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var messages = Find(sessionId)?.FindMessages(agentId) ?? [];
        var start = Math.Min(query.FromPosition, messages.Count);
        var end = Math.Max(start, Math.Min(query.BeforePosition ?? int.MaxValue, messages.Count));
        var count = Math.Min(query.Limit ?? int.MaxValue, end - start);
        var range = messages.GetRange(query.NewestFirst ? end - count : start, count);
        if (query.NewestFirst)
        {
            range.Reverse();
        }

        return [.. range];
    }

    private async IAsyncEnumerable<SessionMessage> StreamAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var message in await FindMessagesAsync(sessionId, agentId, query, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return message.ToSessionMessage(codec);
        }
    }
}
