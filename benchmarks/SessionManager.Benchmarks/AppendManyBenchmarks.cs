using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

/// <summary>
/// A turn of an agent at once: a question, calls of tools with their results, and the answer.
/// </summary>
public class AppendManyBenchmarks : SessionBenchmarks
{
    private const int Count = 10;

    private readonly ChatMessage[] _messages = [.. Enumerable.Repeat(new ChatMessage(ChatRole.User, BenchmarkDatabase.Text), Count)];
    private int _rawCount;

    private protected override bool HasOwnRawSession => true;

    [Benchmark(Baseline = true)]
    public Task AppendManyRaw()
    {
        var messageId = _rawCount;
        _rawCount += Count;
        return Raw.AppendAsync(messageId, Count, "user", BenchmarkDatabase.Text);
    }

    [Benchmark(Description = "Append 10 of 1 kB")]
    public Task<IReadOnlyList<int>> AppendMany() => Session.AppendMessagesAsync(_messages, Agent);
}
