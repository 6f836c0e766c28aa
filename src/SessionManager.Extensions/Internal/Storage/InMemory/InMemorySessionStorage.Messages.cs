using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    protected override async Task<bool> AddFirstMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        CancellationToken cancellationToken)
    {
        var first = CreateAll(sessionId, branch, messages, metrics: null);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return TryAddFirst(GetOrAdd(sessionId), branch, first);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        IReadOnlyList<ChatMessage> messages,
        int? nextPosition,
        EventLoopMetrics? metrics,
        bool onlyThere,
        CancellationToken cancellationToken)
    {
        var created = CreateAll(sessionId, branch, messages, metrics);
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (created is [])
        {
            return [];
        }

        ThrowIfExpired(sessionId, branch);

        // The expected position saves a look-up in a database; here the end is known.
        var session = GetOrAdd(sessionId);
        var first = session.GetCount(branch);
        if (onlyThere && nextPosition < first)
        {
            return null;
        }

        session.GetMessages(branch).AddRange(created.Select((message, index) => message with { Position = first + index }));
        return [.. Enumerable.Range(first, created.Length)];
    }

    /// <inheritdoc/>
    protected override async Task SetEventLoopMetricsCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        EventLoopMetrics metrics,
        CancellationToken cancellationToken)
    {
        var document = Copy(EventLoopMetricsDocument.ToBson(metrics));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is { } session && session.FindMessage(branch, position) is { } message)
        {
            session.Replace(message with { EventLoopMetrics = document, UpdatedAt = Now() });
            Extend(session);
        }
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<SessionMessage>> ListMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        var messages = await FindMessagesAsync(sessionId, branch, query, cancellationToken).ConfigureAwait(false);
        return [.. messages.Select(message => message.ToSessionMessage(codec))];
    }

    /// <inheritdoc/>
    protected override IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        CancellationToken cancellationToken)
    {
        return StreamAsync(sessionId, branch, query, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<int> GetMessageCountCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(sessionId)?.GetCount(branch) ?? branch.Start;
    }

    /// <inheritdoc/>
    protected override async Task<bool> TryClaimRequestCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        string requestId,
        CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { } session || session.FindMessage(branch, position) is not { } message || message.ClaimedRequests.Contains(requestId))
        {
            return false;
        }

        session.Replace(message with { ClaimedRequests = message.ClaimedRequests.Add(requestId) });
        return true;
    }

    /// <inheritdoc/>
    protected override async Task<bool> TryReplaceLastMessageCoreAsync(
        string sessionId,
        AgentBranch branch,
        int position,
        ChatMessage message,
        CancellationToken cancellationToken)
    {
        var replacement = CreateAll(sessionId, branch, [message], metrics: null)[0].Message;
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { } session || session.FindMessage(branch, position) is not { } last || position != session.GetCount(branch) - 1)
        {
            return false;
        }

        var now = Now();
        var replaced = new BsonArray(last.ReplacedMessages ?? []) { new BsonDocument { { Fields.Message, last.Message }, { Fields.ReplacedAt, now } } };
        session.Replace(last with { Message = replacement, ReplacedMessages = replaced, UpdatedAt = now });
        return true;
    }

    private static bool TryAddFirst(InMemorySession session, AgentBranch branch, InMemoryMessage[] first)
    {
        if (first.Length > 0 && session.GetCount(branch) > 0)
        {
            return false;
        }

        session.GetMessages(branch).AddRange(first);
        return true;
    }

    private InMemoryMessage[] CreateAll(string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, EventLoopMetrics? metrics)
    {
        var now = Now();
        var documents = MessageDocument.CreateAll(sessionId, branch, messages, firstPosition: 0, metrics, codec, now.ToUniversalTime(), expiresAt: null);
        return Array.ConvertAll(documents, document => new InMemoryMessage
        {
            Branch = branch,
            Position = document.Position,
            AppendId = document.AppendId,
            Message = document.Message,
            EventLoopMetrics = document.EventLoopMetrics,
            CreatedAt = now,
            UpdatedAt = now,
        });
    }

    // Decoded by the caller, outside of the gate: it lets one operation in at a time.
    private async Task<InMemoryMessage[]> FindMessagesAsync(string sessionId, AgentBranch branch, MessageQuery query, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var messages = Find(sessionId)?.GetHistory(branch) ?? [];
        var start = Math.Min(query.FromPosition, messages.Count);
        var end = Math.Max(start, Math.Min(query.BeforePosition ?? int.MaxValue, messages.Count));
        var count = Math.Min(query.Limit ?? int.MaxValue, end - start);
        var range = messages.Skip(query.NewestFirst ? end - count : start).Take(count);
        return [.. query.NewestFirst ? range.Reverse() : range];
    }

    private async IAsyncEnumerable<SessionMessage> StreamAsync(
        string sessionId,
        AgentBranch branch,
        MessageQuery query,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var message in await FindMessagesAsync(sessionId, branch, query, cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return message.ToSessionMessage(codec);
        }
    }
}
