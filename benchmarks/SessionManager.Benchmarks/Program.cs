using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Running;
using SessionManager.Benchmarks;

// The server must be another process: what it allocates would count as ours.
if (BenchmarkDatabase.ConnectionString is null)
{
    Console.Error.WriteLine("There is no server: MONGODB_URI is not set. ./build.sh bench [filter] finds or starts one.");
    return 2;
}

var filter = args is [var text, ..] ? text : "";
Type[] classes =
[
    typeof(FactoryBenchmarks),
    typeof(AppendBenchmarks),
    typeof(SyncBenchmarks),
    typeof(CountBenchmarks),
    typeof(ListPageBenchmarks),
    typeof(InitializeBenchmarks),
    typeof(EncodeBenchmarks),
    typeof(DecodeBenchmarks),
];
var chosen = classes.Where(type => type.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
var hasGrowth = nameof(GrowthTable).Contains(filter, StringComparison.OrdinalIgnoreCase);
if (chosen.Length == 0 && !hasGrowth)
{
    Console.Error.WriteLine($"No benchmark has '{filter}' in its name.");
    return 2;
}

Console.WriteLine();
foreach (var line in HostEnvironmentInfo.GetCurrent().ToFormattedString())
{
    Console.WriteLine(line);
}

var succeeded = true;
if (chosen.Length > 0)
{
    RatioTable.WriteHead();
    foreach (var type in chosen)
    {
        succeeded &= await RatioTable.WriteAsync(BenchmarkRunner.Run(type, BenchmarkSettings.Create()));
    }
}

if (hasGrowth)
{
    await GrowthTable.WriteAsync();
}

return succeeded ? 0 : 1;
