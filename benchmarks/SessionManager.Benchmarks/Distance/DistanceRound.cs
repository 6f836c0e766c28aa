namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// What a road did under load.
/// </summary>
/// <param name="Throughput">Messages a second.</param>
/// <param name="ProcessorTime">Microseconds of the client's CPU for each message.</param>
/// <param name="Times">How long each append took, in milliseconds.</param>
internal sealed record DistanceRound(double Throughput, double ProcessorTime, double[] Times)
{
    /// <summary>
    /// Puts rounds together: medians, and the times of all.
    /// </summary>
    public static DistanceRound Of(List<DistanceRound> rounds)
    {
        var times = rounds.SelectMany(round => round.Times).ToArray();
        Array.Sort(times);
        return new DistanceRound(
            Median.Of(rounds.ConvertAll(round => round.Throughput)),
            Median.Of(rounds.ConvertAll(round => round.ProcessorTime)),
            times);
    }

    /// <summary>
    /// Gets a percentile of the times, which are sorted.
    /// </summary>
    public double GetTime(int percent) => Times[Times.Length * percent / 100];
}
