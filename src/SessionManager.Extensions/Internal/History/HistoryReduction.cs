using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Has a reducer shorten a history, and finds what the conversation-manager state can keep of its work.
/// </summary>
internal sealed class HistoryReduction
{
    private const int Inserted = -2;

    private readonly IReadOnlyList<HistoryMessage> _given;
    private readonly IReadOnlyList<HistoryMessage> _rest;
    private readonly int _end;
    private readonly List<HistoryMessage> _reduced;

    private HistoryReduction(IReadOnlyList<HistoryMessage> given, IReadOnlyList<HistoryMessage> rest, int end, IEnumerable<ChatMessage> result)
    {
        _given = given;
        _rest = rest;
        _end = end;

        // Told by reference: what a reducer keeps it hands on as it is, and an equal message may stand elsewhere.
        Dictionary<ChatMessage, int> indices = new(ReferenceEqualityComparer.Instance);
        foreach (var message in given)
        {
            indices.TryAdd(message.Message, message.Index);
        }

        _reduced = [.. result.Select(message => new HistoryMessage(message, indices.GetValueOrDefault(message, Inserted)))];
    }

    /// <summary>
    /// Gets the shortened history.
    /// </summary>
    public IReadOnlyList<HistoryMessage> Messages => [.. _reduced, .. _rest];

    /// <param name="reducer">The reducer.</param>
    /// <param name="history">A valid history. What the new messages answer is kept from the reducer: it must not go.</param>
    /// <param name="newMessages">What is about to follow it.</param>
    /// <param name="end">The number of stored messages that were loaded.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<HistoryReduction> RunAsync(
        IChatReducer reducer,
        IReadOnlyList<HistoryMessage> history,
        IReadOnlyList<ChatMessage> newMessages,
        int end,
        CancellationToken cancellationToken)
    {
        var count = OpenTurn.FindFirst(history, newMessages);
        HistoryMessage[] given = [.. history.Take(count)];
        var result = Array.Exists(given, message => message.Index >= 0)
            ? await reducer.ReduceAsync([.. given.Select(message => message.Message)], cancellationToken).ConfigureAwait(false)
            : given.Select(message => message.Message);
        return new HistoryReduction(given, [.. history.Skip(count)], end, result);
    }

    /// <summary>
    /// Gets the state with which the next load begins where this reduction has ended. It is the same state where it cannot
    /// tell: it holds one message of text for those that were left out, and one system message.
    /// </summary>
    /// <param name="state">The state that the history was loaded with.</param>
    /// <param name="firstIndex">The index of the first stored message of the history.</param>
    public ConversationState Apply(ConversationState state, int firstIndex)
    {
        var kept = _reduced.Select(message => message.Message).ToHashSet(ReferenceEqualityComparer.Instance);
        var rest = _rest.Count == 0 ? _end : _rest.Min(message => message.Index);
        // The first message that was kept begins the next load; what stands before it is left out from then on.
        var cut = _reduced.Where(IsOrdinary).Select(message => message.Index).DefaultIfEmpty(rest).Min();
        if (!_given.Any(message => message.Index >= 0 && message.Index < cut && !kept.Contains(message.Message)))
        {
            // Nothing in front of it was left out.
            cut = firstIndex;
        }

        var lead = _reduced.TakeWhile(message => !IsOrdinary(message));
        ChatMessage[] summaries = [.. lead.Where(message => message.Index == Inserted).Select(message => message.Message), .. If(state.Summary)];
        ChatMessage[] systems = [.. _reduced.Where(message => message.Index >= 0 && message.Index < cut).Select(message => message.Message), .. If(state.System)];
        // More than the state can hold is reduced again at the next load, from the same messages.
        return cut <= rest && IsOneOfText(summaries) && IsOneOfText(systems)
            ? state.With(state.RemovedCount + cut - firstIndex, systems.FirstOrDefault(), summaries.FirstOrDefault())
            : state;

        IEnumerable<ChatMessage> If(ChatMessage? front) => front is not null && kept.Contains(front) ? [front] : [];
    }

    // Reducers keep a system message in front of whatever they leave out.
    private static bool IsOrdinary(HistoryMessage message) => message.Index >= 0 && message.Message.Role != ChatRole.System;

    private static bool IsOneOfText(ChatMessage[] messages) =>
        messages is [] || (messages is [var message] && SummaryMessage.Write(message) is not null);
}
