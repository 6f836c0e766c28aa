using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// Makes what an agent gets to see of what is stored: a window of it, and valid.
/// </summary>
internal static class HistoryLoader
{
    // A turn that the new messages go on with is kept whole, even by a smaller window, and so is what they answer. Few are
    // longer.
    private const int LongTurn = 256;

    /// <exception cref="ArgumentException">An option is not valid.</exception>
    public static void ThrowIfInvalid(AgentInitializationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.NewMessages, $"{nameof(options)}.{nameof(options.NewMessages)}");
        if (options.NewMessages.Any(message => message is null))
        {
            throw new ArgumentException("A new message is null.", $"{nameof(options)}.{nameof(options.NewMessages)}");
        }

        if (options.Window is not { } window)
        {
            return;
        }

        const string WindowName = $"{nameof(options)}.{nameof(options.Window)}";
        ArgumentOutOfRangeException.ThrowIfLessThan(window.MaxMessages ?? 1, 1, $"{WindowName}.{nameof(window.MaxMessages)}");
        if (window.MessagesAfterTrim is { } messagesAfterTrim)
        {
            const string Name = $"{WindowName}.{nameof(window.MessagesAfterTrim)}";
            ArgumentOutOfRangeException.ThrowIfLessThan(messagesAfterTrim, 1, Name);
            var maxMessages = window.MaxMessages ?? throw new ArgumentException("MessagesAfterTrim has no effect without MaxMessages.", Name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(messagesAfterTrim, maxMessages, Name);
        }
    }

    /// <summary>
    /// Gets the number of latest messages that have to be read at most, or null for all.
    /// </summary>
    public static int? GetMaxMessages(AgentInitializationOptions options)
    {
        if (options.Window?.MaxMessages is not { } maxMessages)
        {
            return null;
        }

        // One more than the window holds tells that it has to move.
        var needed = OpenTurn.IsNeededBy(options.NewMessages) ? LongTurn : 1;
        return (int)Math.Min(Math.Max(maxMessages + 1L, needed), int.MaxValue);
    }

    /// <summary>
    /// Tells whether the first stored message is missing, which a window keeps when it is a system message.
    /// </summary>
    public static bool LacksFirst(StoredAgent agent, IReadOnlyList<SessionMessage> messages) =>
        agent.RemovedMessageCount == 0 && messages is [{ Position: > 0 }, ..];

    /// <param name="agent">The agent as it is stored.</param>
    /// <param name="first">The first stored message, where the others lack it.</param>
    /// <param name="messages">The stored messages that were not removed, or the latest of them.</param>
    /// <param name="incoming">What the request has for the history.</param>
    /// <param name="window">How much is loaded, or null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<LoadedHistory> LoadAsync(
        StoredAgent agent,
        SessionMessage? first,
        IReadOnlyList<SessionMessage> messages,
        IncomingHistory incoming,
        HistoryWindow? window,
        CancellationToken cancellationToken)
    {
        var state = ConversationState.Read(agent);

        // What was not read is left out, too.
        var cut = messages is [{ Position: var reached }, ..] ? Math.Max(reached - state.RemovedCount, 0) : 0;
        var end = cut + messages.Count;
        List<HistoryMessage> history = [.. messages.Select((message, i) => new HistoryMessage(incoming.Get(message), cut + i))];
        if (window is { MaxMessages: { } maxMessages })
        {
            var trimmed = HistoryTrimmer.FindCut(
                history, incoming.New, incoming.IsRepeated, maxMessages, window.MessagesAfterTrim ?? GetDefaultTrim(maxMessages));
            cut += trimmed;
            if (cut > 0)
            {
                // The first stored message may be the system message that stays in front.
                state = Leave(state, cut, first?.EffectiveMessage ?? history[0].Message);
            }

            history.RemoveRange(0, trimmed);
        }

        RemoveAnswersAskedAgain(history, incoming.IsAskedAgain);
        history.InsertRange(0, state.Front.Select(message => new HistoryMessage(message, HistoryMessage.InFront)));
        // Before and after the reducer: it is promised a valid history, and need not leave one.
        var repaired = HistoryRepairer.Repair(history, incoming.New);
        Exception? reducerError = null;
        if (window?.Reducer is { } reducer)
        {
            try
            {
                var reduction = await HistoryReduction.RunAsync(reducer, repaired.Messages, incoming.New, end, cancellationToken).ConfigureAwait(false);
                state = reduction.Apply(state, cut);
                var again = HistoryRepairer.Repair(reduction.Messages, incoming.New);
                repaired = again with { Repair = repaired.Repair.Plus(again.Repair) };
            }
            catch (Exception e) when (e is not OutOfMemoryException && !cancellationToken.IsCancellationRequested)
            {
                // A summary that fails must not block the session: the history goes as it is, and the next load tries again.
                reducerError = e;
            }
        }

        // A repair may have made several messages of one, and has added some that are not stored.
        var restoredCount = repaired.Messages.Select(message => message.Index).Where(index => index >= 0).Distinct().Count();
        return new LoadedHistory([.. repaired.Messages.Select(message => message.Message)], restoredCount, repaired.Repair, state.Json, reducerError);
    }

    /// <summary>
    /// Leaves out answers in place of which others were given, and the one that another is about to be given for. What tools have
    /// done stays.
    /// </summary>
    private static void RemoveAnswersAskedAgain(List<HistoryMessage> history, bool isAskedAgain)
    {
        var isReplaced = isAskedAgain;
        for (var i = history.Count - 1; i >= 0; i--)
        {
            var message = history[i].Message;
            if (MessageKey.BeginsTurn(message))
            {
                isReplaced = false;
            }
            else if (isReplaced && message.Role == ChatRole.Assistant && !MessageKey.Asks(message))
            {
                history.RemoveAt(i);
            }

            isReplaced |= MessageMarks.Has(message, MessageMarks.AnsweredAnew);
        }
    }

    private static int GetDefaultTrim(int maxMessages) => (int)Math.Max(maxMessages * 3L / 4, 1);

    private static ConversationState Leave(ConversationState state, int count, ChatMessage first)
    {
        var system = state.System is null && first.Role == ChatRole.System && SummaryMessage.Write(first) is not null ? first : state.System;
        return state.With(state.RemovedCount + count, system, state.Summary);
    }
}
