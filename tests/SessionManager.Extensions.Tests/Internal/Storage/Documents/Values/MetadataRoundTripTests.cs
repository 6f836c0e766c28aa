using System.Collections;
using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

public sealed class MetadataRoundTripTests
{
    private static readonly Gen<string> Text =
        Gen.Elements("a", "é", "😀", ".", "$", "%", "\0", "\"", "\n", " ", "2E", "ß").ArrayOf().Select(string.Concat);

    private static readonly Gen<object?> Scalar = Gen.OneOf(
        Gen.Constant<object?>(null),
        Text.Select(object? (text) => text),
        Gen.Elements<object?>(true, false),
        ArbMap.Default.GeneratorFor<int>().Select(object? (number) => number),
        ArbMap.Default.GeneratorFor<long>().Select(object? (number) => number),

        // The driver reads -0.0 as 0.0.
        ArbMap.Default.GeneratorFor<double>().Select(object? (number) => number == 0 ? 0.0 : number),
        ArbMap.Default.GeneratorFor<decimal>().Select(object? (number) => number),
        ArbMap.Default.GeneratorFor<int>().Select(object? (offset) => DateTimeOffset.UnixEpoch.AddMilliseconds(offset * 1_000_003L)),
        ArbMap.Default.GeneratorFor<byte[]>().Select(object? (bytes) => bytes));

    [Fact]
    public void FromBson_StoredMetadata_IsEqual() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(Map(3).ToArbitrary(), map => Assert.Equal(Describe(map), Describe(Store(map)))));

    [Fact]
    public void FromBson_MetadataGivenAsJson_IsTheJson() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000),
            Prop.ForAll(
                Map(2).ToArbitrary(),
                map =>
                {
                    var json = JsonSerializer.SerializeToElement(map, TypedMetadata.DefaultOptions);
                    var stored = MetadataValues.FromBson(MetadataValues.ToBson(json, "metadata"));

                    Assert.True(JsonElement.DeepEquals(json, JsonSerializer.SerializeToElement(stored, TypedMetadata.DefaultOptions)));
                }));

    private static Gen<Dictionary<string, object?>> Map(int depth) =>
        from keys in Text.ArrayOf()
        from values in Value(depth).ArrayOf(keys.Length)
        select keys.Zip(values).DistinctBy(entry => entry.First).ToDictionary(entry => entry.First, entry => entry.Second, StringComparer.Ordinal);

    private static Gen<object?> Value(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency(
            (6, Scalar),
            (1, Map(depth - 1).Select(object? (map) => map)),
            (1, Value(depth - 1).ListOf().Select(object? (list) => list.ToList())));

    // Through the bytes that are sent, and back.
    private static Dictionary<string, object?> Store(Dictionary<string, object?> map)
    {
        var bytes = MetadataValues.ToBson(map, "metadata").ToBson();
        using var stored = new RawBsonDocument(bytes);
        return MetadataValues.FromBson(stored);
    }

    private static string Describe(object? value) => value switch
    {
        null => "null",
        byte[] bytes => $"bytes {System.Convert.ToHexString(bytes)}",
        IReadOnlyDictionary<string, object?> map => $"{{{string.Join(',', map.Select(entry => $"{entry.Key.Length}:{entry.Key}={Describe(entry.Value)}"))}}}",
        IEnumerable list and not string => $"[{string.Join(',', list.Cast<object?>().Select(Describe))}]",
        double number => $"Double {BitConverter.DoubleToInt64Bits(number)}",
        DateTimeOffset time => $"time {time.Ticks} {time.Offset}",
        _ => $"{value.GetType().Name} {System.Convert.ToString(value, CultureInfo.InvariantCulture)}",
    };
}
