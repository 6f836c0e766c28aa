namespace SessionManager.Benchmarks;

internal static class Median
{
    public static double Of(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
