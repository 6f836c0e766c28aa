using System.Diagnostics;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// What the rounds of one contender have shown.
/// </summary>
internal sealed class TurnRounds(ITurnContender contender)
{
    private readonly List<double> _throughputs = [];
    private readonly List<double> _processorTimes = [];
    private readonly List<double> _times = [];

    public ITurnContender Contender => contender;

    public double Throughput => Median.Of(_throughputs);

    public double ProcessorTime => Median.Of(_processorTimes);

    /// <summary>
    /// Gets a percentile of the times of all turns, in milliseconds.
    /// </summary>
    public double GetTime(int percent)
    {
        _times.Sort();
        return _times[_times.Count * percent / 100];
    }

    /// <summary>
    /// Lets callers take turns in sessions that are as long as the situation says, and no older than this round.
    /// </summary>
    public async Task MeasureAsync(TurnSituation situation, bool isWarmup)
    {
        var sessionIds = Enumerable.Range(0, situation.Callers * situation.Sessions).Select(_ => BenchmarkDatabase.NewSessionId()).ToArray();
        await contender.StoreAsync(sessionIds, situation.Messages);

        // What others have left behind is not collected on this contender's account.
        GC.Collect();
        var processorTime = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(sessionIds.Chunk(situation.Sessions).Select(ids => CallAsync(ids, situation.TurnsPerSession)));
        var elapsed = Stopwatch.GetElapsedTime(start);
        var used = Environment.CpuUsage.TotalTime - processorTime;
        if (isWarmup)
        {
            return;
        }

        var turns = sessionIds.Length * situation.TurnsPerSession;
        _throughputs.Add(turns / elapsed.TotalSeconds);
        _processorTimes.Add(used.TotalMicroseconds / turns);
        _times.AddRange(times.SelectMany(ofCaller => ofCaller));
    }

    private async Task<List<double>> CallAsync(string[] sessionIds, int turns)
    {
        var times = new List<double>(sessionIds.Length * turns);
        foreach (var sessionId in sessionIds)
        {
            for (var turn = 0; turn < turns; turn++)
            {
                var question = TurnText.Create("question", turn);
                var start = Stopwatch.GetTimestamp();
                await contender.RunAsync(sessionId, question);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        return times;
    }
}
