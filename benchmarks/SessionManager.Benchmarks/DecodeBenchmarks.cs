using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Benchmarks;

public class DecodeBenchmarks
{
    private readonly ChatMessageCodec _codec = new();
    private byte[] _bytes = null!;

    [ParamsAllValues]
    public MessageKind Kind { get; set; }

    [GlobalSetup]
    public void Setup() => _bytes = RawMessage.ToDocument(Messages.Create(Kind)).ToBson();

    [Benchmark(Baseline = true)]
    public ChatMessage Raw() => RawMessage.ToMessage(BsonSerializer.Deserialize<BsonDocument>(_bytes));

    [Benchmark(Description = "Decode")]
    public ChatMessage Decode() => _codec.Decode(new RawBsonDocument(_bytes));
}
