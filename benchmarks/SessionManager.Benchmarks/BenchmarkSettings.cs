using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace SessionManager.Benchmarks;

/// <summary>
/// How BenchmarkDotNet runs every benchmark: in this process, and short, as times are compared by <see cref="Alternation"/>.
/// </summary>
internal static class BenchmarkSettings
{
    public static IConfig Create() => ManualConfig
        .CreateEmpty()
        .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"))
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(NullLogger.Instance)
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithIterationTime(TimeInterval.FromMilliseconds(100))
            .WithWarmupCount(3)
            .WithIterationCount(5));
}
