using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Benchmarks;

public class EncodeBenchmarks
{
    private readonly ChatMessageCodec _codec = new();
    private ChatMessage _message = null!;

    [ParamsAllValues]
    public MessageKind Kind { get; set; }

    [GlobalSetup]
    public void Setup() => _message = Messages.Create(Kind);

    [Benchmark(Baseline = true)]
    public byte[] Raw() => RawMessage.ToDocument(_message).ToBson();

    [Benchmark(Description = "Encode")]
    public object Encode() => _codec.Encode(_message);
}
