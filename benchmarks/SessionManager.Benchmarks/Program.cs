using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Running;
using SessionManager.Benchmarks;
using SessionManager.Benchmarks.Distance;
using SessionManager.Benchmarks.Silence;
using SessionManager.Benchmarks.Turns;

if (args is [DelayProxyProcess.Argument, .. var proxyArguments])
{
    return DelayProxy.Run(proxyArguments);
}

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
    typeof(AppendManyBenchmarks),
    typeof(SyncBenchmarks),
    typeof(MetadataUpdateBenchmarks),
    typeof(MetadataGetBenchmarks),
    typeof(MetadataDeleteBenchmarks),
    typeof(FeedbackAddBenchmarks),
    typeof(FeedbackGetBenchmarks),
    typeof(FeedbackListBenchmarks),
    typeof(CountBenchmarks),
    typeof(ListPageBenchmarks),
    typeof(InitializeBenchmarks),
    typeof(InitializeFindBenchmarks),
    typeof(EncodeBenchmarks),
    typeof(DecodeBenchmarks),
];
(string Name, Func<Task> WriteAsync)[] tables =
[
    (nameof(GrowthTable), GrowthTable.WriteAsync),
    (nameof(ConcurrencyTable), ConcurrencyTable.WriteAsync),
    (nameof(SizeTable), SizeTable.WriteAsync),
    (nameof(LoadTable), LoadTable.WriteAsync),
    (nameof(WholeTurnTable), WholeTurnTable.WriteAsync),
    (nameof(BranchTable), BranchTable.WriteAsync),
    (nameof(OwnerTable), OwnerTable.WriteAsync),
    (nameof(FeedbackTable), FeedbackTable.WriteAsync),
    (nameof(DistanceTable), DistanceTable.WriteAsync),
    (nameof(SilentServerTable), SilentServerTable.WriteAsync),
    (nameof(MigrationTable), MigrationTable.WriteAsync),
];

// They take minutes each, so they must be asked for.
string[] askedFor = [nameof(LoadTable), nameof(WholeTurnTable), nameof(BranchTable), nameof(OwnerTable), nameof(FeedbackTable), nameof(DistanceTable), nameof(SilentServerTable), nameof(MigrationTable)];
var chosen = classes.Where(type => type.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
var chosenTables = tables.Where(table => table.Name.Contains(filter, StringComparison.OrdinalIgnoreCase) && (filter.Length > 0 || !askedFor.Contains(table.Name))).ToArray();
if (chosen.Length == 0 && chosenTables.Length == 0)
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

foreach (var table in chosenTables)
{
    await table.WriteAsync();
}

return succeeded ? 0 : 1;
