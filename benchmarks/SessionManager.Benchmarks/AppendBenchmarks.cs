using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

public class AppendBenchmarks : SessionBenchmarks
{
    private readonly ChatMessage _message = new(ChatRole.User, BenchmarkDatabase.Text);
    private int _rawCount;

    private protected override bool HasOwnRawSession => true;

    [Benchmark(Baseline = true)]
    public Task AppendRaw() => Raw.AppendAsync(_rawCount++, "user", BenchmarkDatabase.Text);

    [Benchmark(Description = "Append, 1 kB")]
    public Task<int> Append() => Session.AppendMessageAsync(_message, Agent);
}
