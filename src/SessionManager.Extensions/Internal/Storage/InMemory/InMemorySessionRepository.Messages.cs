using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionRepository
{
    /// <inheritdoc/>
    public async Task<bool> AddFirstMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(messages);

        var first = CreateAll(sessionId, agentId, messages, metrics: null);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return TryAddFirst(GetOrAdd(sessionId), agentId, first);
    }

    /// <inheritdoc/>
    public async Task<int> AppendMessageAsync(
        string sessionId,
        string agentId,
        ChatMessage message,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var ids = await AppendMessagesAsync(sessionId, agentId, [message], nextPosition, metrics, cancellationToken).ConfigureAwait(false);
        return ids[0];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> AppendMessagesAsync(
        string sessionId,
        string agentId,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfNegative(nextPosition ?? 0, nameof(nextPosition));

        var created = CreateAll(sessionId, agentId, messages, metrics);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var history = created is [] ? [] : GetOrAdd(sessionId).GetMessages(agentId);
        var first = history.Count;
        history.AddRange(created.Select((message, index) => message with { Position = first + index }));
        return [.. Enumerable.Range(first, created.Length)];
    }

    /// <inheritdoc/>
    public async Task SetEventLoopMetricsAsync(
        string sessionId,
        string agentId,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentNullException.ThrowIfNull(metrics);

        var document = Copy(EventLoopMetricsDocument.ToBson(metrics));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is { } session && session.FindMessages(agentId) is { } messages && position < messages.Count)
        {
            messages[position] = messages[position] with { EventLoopMetrics = document, UpdatedAt = Now() };
            Extend(session);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(sessionId, agentId, query);
        var messages = await FindMessagesAsync(sessionId, agentId, query, cancellationToken).ConfigureAwait(false);
        return [.. messages.Select(message => message.ToSessionMessage(codec))];
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(
        string sessionId,
        string agentId,
        MessageQuery query,
        CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(sessionId, agentId, query);
        return StreamAsync(sessionId, agentId, query, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> GetMessageCountAsync(string sessionId, string agentId, CancellationToken cancellationToken = default)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));

        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId)?.FindMessages(agentId)?.Count ?? 0;
    }

    private static void ThrowIfInvalid(string sessionId, string agentId, MessageQuery query)
    {
        Identifier.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfInvalid(agentId, nameof(agentId));
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegative(query.FromPosition, $"{nameof(query)}.{nameof(query.FromPosition)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.BeforePosition ?? 0, $"{nameof(query)}.{nameof(query.BeforePosition)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit ?? 0, $"{nameof(query)}.{nameof(query.Limit)}");
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
        var created = new InMemoryMessage[messages.Count];
        for (var i = created.Length - 1; i >= 0; i--)
        {
            var message = messages[i] ?? throw new ArgumentException($"The message at {nameof(messages)}[{i}] is null.", nameof(messages));
            var own = message.Role == ChatRole.Assistant ? metrics : null;
            created[i] = Create(sessionId, agentId, i, message, own);
            metrics = own is null ? metrics : null;
        }

        return created;
    }

    private InMemoryMessage Create(string sessionId, string agentId, int position, ChatMessage message, EventLoopMetrics? metrics)
    {
        var now = Now();
        var document = new MessageDocument
        {
            SessionId = sessionId,
            AgentId = agentId,
            Position = position,
            Message = codec.Encode(message),
            EventLoopMetrics = metrics is null ? null : EventLoopMetricsDocument.ToRawBson(metrics),
            CreatedAt = now.ToUniversalTime(),
            ExpiresAt = null,
        };
        MessageDocumentSerializer.ThrowIfTooLarge(document);
        return new InMemoryMessage
        {
            AgentId = agentId,
            Position = position,
            Message = document.Message,
            EventLoopMetrics = document.EventLoopMetrics,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }

    // Decoded after the gate, by whoever asked.
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
