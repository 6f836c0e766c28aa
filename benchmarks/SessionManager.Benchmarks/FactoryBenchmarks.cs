using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

public class FactoryBenchmarks : SessionBenchmarks
{
    private readonly SessionManagerOptions _settings = new() { CollectionName = "archive", ApplicationName = "orders" };

    [Benchmark(Description = "Create")]
    public ISessionManager Create() => Factory.Create("session-0123456789");

    [Benchmark(Description = "Create, other collection")]
    public ISessionManager CreateWithSettings() => Factory.Create("session-0123456789", _settings);
}
