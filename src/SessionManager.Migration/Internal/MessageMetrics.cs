using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// What the turns of an agent cost, by the message that it is stored on.
/// </summary>
/// <remarks>
/// Strands counts on each message of an assistant what its model call cost, since it has <c>metadata.usage</c>. Python's
/// <c>event_loop_metrics</c> are snapshots of totals of an agent object, on whichever message was last, so also on those of users:
/// what counts is how much one is above the one before. A total that is smaller is that of a new agent object.
/// </remarks>
internal sealed class MessageMetrics
{
    private readonly Dictionary<int, Turn> _turns = [];
    private EventLoopMetrics _before = new();
    private EventLoopMetrics _unexplained = new();
    private EventLoopMetrics? _carried;
    private int _lastAssistant = -1;

    private MessageMetrics()
    {
    }

    public static MessageMetrics Create(IReadOnlyList<PythonMessage> messages)
    {
        var metrics = new MessageMetrics();
        var lastSnapshot = -1;
        for (var position = 0; position < messages.Count; position++)
        {
            if (messages[position].IsAssistant)
            {
                metrics.AddAssistant(position, messages[position].Message!);
            }

            if (ReadSnapshot(messages[position].Stored) is { } snapshot)
            {
                lastSnapshot = position;
                metrics.AddSnapshot(snapshot);
            }
        }

        // There is no answer that it could be the cost of, but it was paid.
        metrics.Store(lastSnapshot, metrics._carried);
        return metrics;
    }

    /// <summary>
    /// Gets what is stored on a message, or null. Its <c>estimated</c> names the parts that come of differences.
    /// </summary>
    public BsonDocument? Get(int position)
    {
        if (!_turns.TryGetValue(position, out var turn))
        {
            return null;
        }

        var document = TargetLayout.ToMetrics(turn.Exact is { } exact ? Counters.AddTokens(turn.Estimate, exact) : turn.Estimate);
        var estimated = new BsonArray();
        estimated.AddRange(turn.Exact is null && Counters.HasTokens(turn.Estimate) ? (string[])[Names.AccumulatedMetrics, Names.AccumulatedUsage] : []);
        estimated.AddRange(turn.Estimate.CycleCount > 0 || turn.Estimate.TotalDuration > TimeSpan.Zero ? (string[])[Names.CycleMetrics] : []);
        estimated.AddRange(turn.Estimate.ToolUsage.Count > 0 ? (string[])[Names.ToolUsage] : []);
        return document.Add(Names.Estimated, estimated, estimated.Count > 0);
    }

    private void AddAssistant(int position, RawBsonDocument message)
    {
        _lastAssistant = position;
        var metadata = RawBson.Find<RawBsonDocument>(message, Names.Metadata);
        if (RawBson.Find<RawBsonDocument>(metadata, Names.Usage) is { } usage)
        {
            var exact = TargetLayout.ReadMetrics(new BsonDocument
            {
                { Names.AccumulatedUsage, usage },
                { Names.AccumulatedMetrics, RawBson.Find(metadata, Names.Metrics) ?? BsonNull.Value },
            });
            _turns[position] = new Turn(exact, new EventLoopMetrics());
            _unexplained = Counters.AddTokens(_unexplained, exact);
        }

        var carried = _carried;
        _carried = null;
        Store(position, carried);
    }

    private void AddSnapshot(EventLoopMetrics snapshot)
    {
        var difference = Counters.Subtract(snapshot, _before);
        _before = snapshot;

        // What messages have said themselves is in the totals too.
        var rest = Counters.SubtractTokens(difference, _unexplained);
        _unexplained = Counters.SubtractTokens(_unexplained, difference);
        if (_lastAssistant < 0)
        {
            _carried = _carried is null ? rest : Counters.Add(_carried, rest);
        }
        else
        {
            Store(_lastAssistant, rest);
        }
    }

    private void Store(int position, EventLoopMetrics? metrics)
    {
        if (metrics is null || Counters.IsZero(metrics))
        {
            return;
        }

        var turn = _turns.GetValueOrDefault(position) ?? new Turn(Exact: null, new EventLoopMetrics());
        _turns[position] = turn with { Estimate = Counters.Add(turn.Estimate, turn.Exact is null ? metrics : Counters.WithoutTokens(metrics)) };
    }

    private static EventLoopMetrics? ReadSnapshot(RawBsonDocument stored)
    {
        if (RawBson.Find<RawBsonDocument>(stored, Names.EventLoopMetrics) is { } metrics)
        {
            return TargetLayout.ReadMetrics(metrics);
        }

        // The first versions had three numbers beside the message.
        var (input, output, latency) =
            (RawBson.Find(stored, Names.InputTokens), RawBson.Find(stored, Names.OutputTokens), RawBson.Find(stored, Names.LatencyMs));
        if (input is null && output is null && latency is null)
        {
            return null;
        }

        var read = TargetLayout.ReadMetrics(new BsonDocument
        {
            { Names.AccumulatedUsage, new BsonDocument { { "inputTokens", input ?? 0 }, { "outputTokens", output ?? 0 } } },
            { Names.AccumulatedMetrics, new BsonDocument { { "latencyMs", latency ?? 0 } } },
        });
        return read with { TotalTokens = read.InputTokens + read.OutputTokens };
    }

    private sealed record Turn(EventLoopMetrics? Exact, EventLoopMetrics Estimate);
}
