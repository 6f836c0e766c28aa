using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Puts exactly one result for each tool call right after the message of the call.
/// </summary>
internal sealed class CallRepair
{
    /// <summary>
    /// The result of a call whose own result is not there. It may be running in another request, or may have run in a process that is
    /// gone: nothing here may deny that it did.
    /// </summary>
    public const string OutcomeUnknown = "The outcome of this call is not known. It may have been carried out, or may still be running.";

    private readonly IReadOnlyList<HistoryMessage> _history;
    private readonly CallLedger _ledger;
    private readonly List<HistoryMessage> _output = [];

    // What is put behind the message of a call, by the index of that message in the output.
    private readonly Dictionary<int, CallBlock> _blocks = [];

    // The calls whose results may follow here without being moved; null where a result would stand apart.
    private CallBlock? _open;
    private HistoryRepair _repair = HistoryRepair.None;

    private CallRepair(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages, IReadOnlySet<string>? asked)
    {
        _history = history;
        _ledger = CallLedger.Read(history, newMessages, asked);
    }

    /// <param name="history">The history, its tool results in tool messages.</param>
    /// <param name="newMessages">What is about to follow it.</param>
    /// <param name="asked">The ids of calls that there were requests for approval for, or null.</param>
    public static RepairedHistory Repair(IReadOnlyList<HistoryMessage> history, IReadOnlyList<ChatMessage> newMessages, IReadOnlySet<string>? asked = null)
    {
        var repair = new CallRepair(history, newMessages, asked);
        repair.Place();
        var open = repair._ledger.Calls.Where(call => call.IsAnsweredLater).ToList();
        // These calls end the history, so that their results will follow them at once.
        if (open.TrueForAll(call => call.Message == repair._open?.Message))
        {
            return repair.Finish();
        }

        // Their results come with the new messages, and other messages lie between: the calls go to the end.
        var again = new CallRepair(MoveToEnd(history, open), newMessages, asked);
        again.Place();
        var result = again.Finish();
        return result with { Repair = result.Repair with { MovedResultCount = result.Repair.MovedResultCount + open.Count } };
    }

    private static List<HistoryMessage> MoveToEnd(IReadOnlyList<HistoryMessage> history, List<Call> calls)
    {
        List<HistoryMessage> messages = [];
        var byMessage = calls.ToLookup(call => call.Message, call => call.Content);
        for (var i = 0; i < history.Count; i++)
        {
            if (!byMessage.Contains(i))
            {
                messages.Add(history[i]);
            }
            else if (history[i].Contents.Where((_, j) => !byMessage[i].Contains(j)).ToList() is { Count: > 0 } rest)
            {
                messages.Add(history[i].With(rest));
            }
        }

        // In one message: the results come together, and must follow directly on every call.
        messages.Add(history[calls[^1].Message].With([.. calls.Select(call => history[call.Message].Contents[call.Content])]));
        return messages;
    }

    private void Place()
    {
        for (var i = 0; i < _history.Count; i++)
        {
            if (TakeResults(i) is { } message)
            {
                _output.Add(message);
                Follow(i, message);
            }
        }

        // Behind the results that were moved, in the order of the calls.
        foreach (var call in _ledger.Calls.Where(call => call is { HasResult: false, IsAnsweredLater: false }))
        {
            _repair = _repair with { InterruptedCallCount = _repair.InterruptedCallCount + 1 };
            _blocks[call.Message].Added.Add(new FunctionResultContent(call.Id, OutcomeUnknown));
        }
    }

    /// <summary>
    /// Gets a message without the results that do not belong there, or null when nothing is left of it.
    /// </summary>
    private HistoryMessage? TakeResults(int index)
    {
        var message = _history[index];
        if (!message.Contents.Any(content => content is FunctionResultContent))
        {
            return message;
        }

        var contents = message.Contents.Where((content, i) => content is not FunctionResultContent result || StaysInPlace(index, i, result)).ToList();
        return contents.Count == message.Contents.Count ? message
            : contents.Count > 0 ? message.With(contents)
            : null;
    }

    private bool StaysInPlace(int message, int content, FunctionResultContent result)
    {
        var call = _ledger.GetCallOf(message, content);
        if (call is null)
        {
            _repair = _repair with { OrphanResultCount = _repair.OrphanResultCount + 1 };
            return false;
        }

        if (call.Message == _open?.Message)
        {
            return true;
        }

        _repair = _repair with { MovedResultCount = _repair.MovedResultCount + 1 };
        _blocks[call.Message].Added.Add(result);
        return false;
    }

    private void Follow(int index, HistoryMessage message)
    {
        if (message.Contents.Any(content => content is FunctionCallContent))
        {
            _open = new CallBlock(index, _output.Count - 1);
            _blocks.Add(index, _open);
        }
        else if (message.Contents.Any(content => content is FunctionResultContent))
        {
            // A result that is still here belongs to the open block; any other has been taken out.
            _open!.FirstResults ??= _output.Count - 1;
        }
        else
        {
            _open = null;
        }
    }

    private RepairedHistory Finish()
    {
        // From the end, so that an insertion moves no place that is still to be found.
        foreach (var block in _blocks.Values.Where(block => block.Added.Count > 0).OrderByDescending(block => block.Output))
        {
            if (block.FirstResults is { } results)
            {
                _output[results] = _output[results].With([.. _output[results].Contents, .. block.Added]);
            }
            else
            {
                _output.Insert(block.Output + 1, new HistoryMessage(new ChatMessage(ChatRole.Tool, block.Added), _output[block.Output].Index));
            }
        }

        return new RepairedHistory(_output, _repair);
    }

    /// <summary>
    /// A message with calls, and the results behind it.
    /// </summary>
    private sealed class CallBlock(int message, int output)
    {
        public int Message => message;

        public int Output => output;

        public int? FirstResults { get; set; }

        public List<AIContent> Added { get; } = [];
    }
}
