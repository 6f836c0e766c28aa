using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <content>What tools return, and what of an answer is stored with it.</content>
internal sealed partial class SessionRun
{
    // What function invocation says of a tool that returns nothing.
    private const string Completed = "Success: Function completed.";

    // Tools may run side by side.
    private readonly Gate _recording = new();

    // The contents that are stored, or are no part of the answer: function invocation hands all of them on in the end.
    private readonly HashSet<AIContent> _covered = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FunctionCallContent, ChatMessage> _recorded = [];
    private readonly List<(string Name, TimeSpan Elapsed)> _uncounted = [];
    private readonly List<(FunctionCallContent Call, ChatMessage Result)> _held = [];
    private ExceptionDispatchInfo? _recordError;

    /// <summary>
    /// Stores what a tool has returned, with the answer that called it, before anything else happens. Never throws: a tool that
    /// has run must not seem to have failed. What goes wrong is thrown by the next step that stores.
    /// </summary>
    /// <param name="context">The call.</param>
    /// <param name="result">What the tool has returned, or null.</param>
    /// <param name="elapsed">The time that it took.</param>
    public Task RecordAsync(FunctionInvocationContext context, object? result, TimeSpan elapsed) => KeepErrorAsync(async cancellationToken =>
    {
        var call = context.CallContent;
        var content = result is FunctionResultContent own && own.CallId == call.CallId ? own : new FunctionResultContent(call.CallId, result ?? Completed);
        var returned = new ChatMessage(ChatRole.Tool, [content]);
        if (FindAnswer(context) is not { } messages)
        {
            // A service keeps the conversation, and function invocation has let go of the answer.
            _held.Add((call, returned));
            return;
        }

        foreach (var message in messages)
        {
            StoredMessages.Describe(message, options.Provider);
        }

        await AppendAsync([.. messages, returned], cancellationToken).ConfigureAwait(false);
        _recorded[call] = returned;
        _uncounted.Add((call.Name, elapsed));
        Normalize(context);
        if (context.Terminate)
        {
            await EndWithToolsAsync(cancellationToken).ConfigureAwait(false);
        }
    });

    /// <summary>
    /// Stores what is known of the tools of an answer when one of them has failed. Never throws.
    /// </summary>
    /// <param name="isLast">Whether nothing more is going to come of the run.</param>
    public Task RecordFailureAsync(bool isLast) =>
        KeepErrorAsync(cancellationToken => isLast
            ? EndWithToolsAsync(cancellationToken)
            : _uncounted.Count > 0 ? SyncWithToolsAsync(cancellationToken) : Task.CompletedTask);

    private async Task KeepErrorAsync(Func<CancellationToken, Task> recordAsync)
    {
        // Not the caller's token: it may be cancelled by now.
        using var timeout = new CancellationTokenSource(RescueTimeout, timeProvider);
        using var entry = await _recording.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await recordAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _recordError ??= ExceptionDispatchInfo.Capture(e);
        }
    }

    // Where the run waits for its tools, no model call may come that would end it.
    private async Task EndWithToolsAsync(CancellationToken cancellationToken)
    {
        if (_answeredAt is not null)
        {
            CountTools([], TimeSpan.Zero);
            await EndAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Function invocation may tell the model of the failure, and the run goes on.
    private async Task SyncWithToolsAsync(CancellationToken cancellationToken)
    {
        if (_answeredAt is not null)
        {
            CountTools([], TimeSpan.Zero);
            await manager.SyncAgentAsync(agent, cancellationToken).ConfigureAwait(false);
        }
    }

    // What is left of the time since the answer when what its tools took by their own measure is taken off.
    private TimeSpan GetUnmeasuredTime()
    {
        var elapsed = _answeredAt is { } start ? timeProvider.GetElapsedTime(start) : TimeSpan.Zero;
        var left = _uncounted.Aggregate(elapsed, static (rest, tool) => rest - tool.Elapsed);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>
    /// Finds what is not stored yet of the answer that a call belongs to, up to the call; null where the call is not to be found.
    /// </summary>
    private List<ChatMessage>? FindAnswer(FunctionInvocationContext context)
    {
        List<ChatMessage> answer = [];
        if (_covered.Contains(context.CallContent) || IsOpenInHistory(context.CallContent))
        {
            return answer;
        }

        var end = FindCall(context);
        if (end < 0)
        {
            return null;
        }

        var start = end;
        while (start >= 0 && !context.Messages[start].Contents.Any(IsKnown) && context.Messages[start].Contents.Count > 0)
        {
            start--;
        }

        for (var i = start + 1; i <= end; i++)
        {
            answer.Add(context.Messages[i]);
        }

        return answer;
    }

    // What is approved comes as a copy of the call.
    private bool IsOpenInHistory(FunctionCallContent call)
    {
        var last = agent.Messages.SelectMany(static message => message.Contents).LastOrDefault(content => content switch
        {
            FunctionCallContent stored => stored.CallId == call.CallId,
            FunctionResultContent result => result.CallId == call.CallId,
            _ => false,
        });
        return last is FunctionCallContent;
    }

    private bool IsKnown(AIContent content) =>
        _covered.Contains(content) || (content is FunctionResultContent result && FindRecorded(result, []) is not null);

    private static int FindCall(FunctionInvocationContext context)
    {
        var index = context.Messages.Count - 1;
        while (index >= 0 && !context.Messages[index].Contents.Contains(context.CallContent))
        {
            index--;
        }

        return index;
    }

    // What function invocation sends next is what the next turn begins with.
    private void Normalize(FunctionInvocationContext context)
    {
        if (FindCall(context) is >= 0 and var index)
        {
            var repaired = ContentRepair.Repair([new HistoryMessage(context.Messages[index], 0)], options.Provider).Messages[0];
            context.Messages[index] = ModelRequest.ToWire(repaired.Message);
            Send([context.Messages[index]]);
        }
    }

    /// <summary>
    /// Gets the messages of an answer without those that were stored when its tools returned.
    /// </summary>
    private List<ChatMessage> GetUnstored(IEnumerable<ChatMessage> messages)
    {
        if (_recorded.Count == 0)
        {
            return [.. messages];
        }

        List<ChatMessage> unstored = [];
        Dictionary<string, FunctionCallContent> calls = new(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var left = message.Contents.Where(content => !IsStored(content, calls)).ToList();
            if (left.Count == message.Contents.Count)
            {
                unstored.Add(message);
            }
            else if (message.Role == ChatRole.Tool)
            {
                // The caller gets this message, and names the stored one by its id.
                Name(message, calls);
                if (left.Count > 0)
                {
                    var rest = message.Clone();
                    (rest.MessageId, rest.Contents) = (null, left);
                    unstored.Add(rest);
                }
            }
        }

        return unstored;
    }

    private void Name(ChatMessage message, Dictionary<string, FunctionCallContent> calls)
    {
        var first = message.Contents.OfType<FunctionResultContent>().Select(result => FindRecorded(result, calls)).FirstOrDefault(static stored => stored is not null);
        if (first?.AdditionalProperties is { } properties)
        {
            message.MessageId ??= first.MessageId;
            MessageMarks.Set(message, MessageMarks.Position, properties[MessageMarks.Position]!);
        }
    }

    private ChatMessage? FindRecorded(FunctionResultContent result, Dictionary<string, FunctionCallContent> calls)
    {
        var call = calls.GetValueOrDefault(result.CallId) ?? _recorded.Keys.LastOrDefault(recorded => recorded.CallId == result.CallId);
        return call is null ? null : _recorded.GetValueOrDefault(call);
    }

    // A call comes as the object that it was; of its result there may be another one. Some providers give an id again.
    private bool IsStored(AIContent content, Dictionary<string, FunctionCallContent> calls)
    {
        if (content is FunctionCallContent call)
        {
            calls[call.CallId] = call;
            return _covered.Contains(call);
        }

        return content is FunctionResultContent result && (_covered.Contains(result) || FindRecorded(result, calls) is not null);
    }

    private void CountTools(IReadOnlyList<ChatMessage> messages, TimeSpan elapsed)
    {
        if (toolCounting != ToolCounting.None)
        {
            // Not before: the message that ends the turn takes what all of it has cost.
            _uncounted.ForEach(tool => agent.Metrics.AddToolCall(tool.Name, tool.Elapsed));
            _hasUnstoredMetrics |= _uncounted.Count > 0;
            _uncounted.Clear();
            _hasUnstoredMetrics |= ToolResults.Count(agent.Metrics, messages, agent.Messages.Concat(messages), elapsed) > 0;
        }
    }
}
