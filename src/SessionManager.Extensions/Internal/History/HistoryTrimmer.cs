using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// The window that counts messages.
/// </summary>
internal static class HistoryTrimmer
{
    /// <summary>
    /// Finds the number of messages to leave out, so that what is left begins with a turn.
    /// </summary>
    /// <param name="history">The history.</param>
    /// <param name="newMessages">What is about to follow it.</param>
    /// <param name="isRepeated">Whether a request has nothing new, and goes on with what the history ends with.</param>
    /// <param name="maxMessages">The size of the window.</param>
    /// <param name="messagesAfterTrim">The size to reach where it is too small.</param>
    public static int FindCut(
        IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages, bool isRepeated, int maxMessages, int messagesAfterTrim)
    {
        var total = history.Count + newMessages.Count;
        if (total <= maxMessages)
        {
            return 0;
        }

        // What the new messages go on with stays, however long it is.
        var lastCut = isRepeated || OpenTurn.IsContinuedBy(newMessages)
            ? Math.Min(OpenTurn.FindFirst(history, newMessages), history.Count - 1)
            : OpenTurn.FindFirst(history, newMessages);
        // Forwards from the size to reach: the first turn that begins there keeps the most.
        for (var i = total - messagesAfterTrim; i <= lastCut && i < history.Count; i++)
        {
            if (MessageKey.BeginsTurn(history[i].Message))
            {
                return i;
            }
        }

        // No turn begins there, and the new messages go on with none of the history: all of it can go.
        if (lastCut == history.Count)
        {
            return history.Count;
        }

        // The turn that must stay began earlier: rather too long a window than a part of a turn.
        var cut = lastCut;
        while (cut > 0 && !MessageKey.BeginsTurn(history[cut].Message))
        {
            cut--;
        }

        return Math.Max(cut, 0);
    }
}
