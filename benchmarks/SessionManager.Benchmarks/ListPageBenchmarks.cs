using BenchmarkDotNet.Attributes;
using MongoDB.Bson;

namespace SessionManager.Benchmarks;

public class ListPageBenchmarks : SessionBenchmarks
{
    private const int PageSize = 20;

    private readonly MessageQuery _lastPage = new() { NewestFirst = true, Limit = PageSize };

    private protected override int StoredMessages => 1_000;

    [Benchmark(Baseline = true)]
    public Task<List<BsonDocument>> ListRaw() => Raw.ListLastAsync(PageSize);

    [Benchmark(Description = "List the last 20")]
    public Task<IReadOnlyList<SessionMessage>> List() => Session.ListMessagesAsync(BenchmarkDatabase.AgentId, _lastPage);
}
