using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Damages documents at random, by a seed that a failure tells.
/// </summary>
internal sealed class DamageFuzz(int seed)
{
    public const string SeedName = "SESSIONMANAGER_FUZZ_SEED";

    // What stands for bytes that are no UTF-8.
    private static readonly byte[] Marker = "~not utf-8~"u8.ToArray();

    // What stands for a UUID that has not 16 bytes.
    private static readonly byte[] UuidMarker = "~no uuid~"u8.ToArray();

    private static readonly string[] Names =
    [
        "_id", "session_id", "agent_id", "message_id", "message", "redact_message", "event_loop_metrics", "guardrail_event", "created_at", "updated_at",
        "role", "content", "metadata", "custom", "contents", "text", "toolUse", "toolUseId", "toolResult", "input", "name", "type", "value", "index",
        "additionalProperties", "annotations", "regions", "arguments", "outputs", "toolCall", "image", "source", "bytes", "reasoningContent", "reasoningText",
        "accumulated_usage", "inputTokens", "cycle_metrics", "tool_usage", "total_time", "model", "timestamp", "action", "policies_triggered", "trace",
        "agents", "agent_data", "state", "prompt_metadata", "feedbacks", "rating", "comment", "%json", "", "a.b", "$set",
    ];

    private readonly Random _random = new(seed);

    public static int GetSeed() => Environment.GetEnvironmentVariable(SeedName) is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>
    /// Changes a document in one to four places, and returns its bytes.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="keep">The names at its top that stay.</param>
    public byte[] Damage(BsonDocument document, params string[] keep)
    {
        for (var count = _random.Next(1, 5); count > 0; count--)
        {
            DamageValue(document, keep);
        }

        var bytes = document.ToBson();
        for (var at = bytes.AsSpan().IndexOf(Marker); at >= 0; at = bytes.AsSpan().IndexOf(Marker))
        {
            bytes.AsSpan(at, Marker.Length).Fill(0xFF);
        }

        for (var at = bytes.AsSpan().IndexOf(UuidMarker); at >= 0; at = bytes.AsSpan().IndexOf(UuidMarker))
        {
            bytes[at - 1] = (byte)BsonBinarySubType.UuidStandard;
            bytes.AsSpan(at, UuidMarker.Length).Clear();
        }

        return bytes;
    }

    private void DamageValue(BsonValue parent, string[] keep)
    {
        switch (parent)
        {
            case BsonDocument document:
                DamageField(document, keep);
                break;
            case BsonArray { Count: > 0 } array:
                var index = _random.Next(array.Count);
                if (_random.Next(3) > 0 && IsParent(array[index]))
                {
                    DamageValue(array[index], []);
                }
                else
                {
                    array[index] = CreateValue(3);
                }

                break;
            default:
                break;
        }
    }

    private void DamageField(BsonDocument document, string[] keep)
    {
        string[] names = [.. document.Names.Except(keep)];
        var name = names.Length == 0 || _random.Next(8) == 0 ? Pick(Names.Except(keep).ToArray()) : Pick(names);
        var value = document.GetValue(name, BsonNull.Value);
        switch (_random.Next(10))
        {
            case < 6 when IsParent(value):
                DamageValue(value, []);
                break;
            case 6:
                document.Remove(name);
                break;
            case 7:
                document[Pick(Names.Except(keep).ToArray())] = value;
                break;
            case 8 when !document.AllowDuplicateNames:
                document.AllowDuplicateNames = true;
                document.Add(name, CreateValue(2));
                break;
            default:
                document[name] = CreateValue(3);
                break;
        }
    }

    private static bool IsParent(BsonValue value) => value is BsonDocument { ElementCount: > 0 } or BsonArray { Count: > 0 };

    private BsonValue CreateValue(int depth) => _random.Next(depth > 0 ? 27 : 22) switch
    {
        0 => BsonNull.Value,
        1 => BsonUndefined.Value,
        2 => _random.Next(-2, 3),
        3 => (BsonInt64)_random.NextInt64(long.MinValue, long.MaxValue),
        4 => double.NaN,
        5 => Pick([double.PositiveInfinity, 1e300, -1e300, -0.5, 2.5]),
        6 => new BsonDecimal128(Pick([Decimal128.MaxValue, Decimal128.QNaN, Decimal128.PositiveInfinity, Decimal128.Parse("1E-6000"), Decimal128.Parse("1.5")])),
        7 => Pick(["", " ", "user", "text", "2026-01-01", "{", "\0", "%", "citation", "mcpServerToolResult", "toolApprovalRequest"]),
        8 => "~not utf-8~",
        9 => new BsonBinaryData([.. UuidMarker]),
        10 => new BsonBinaryData([1, 2, 3]),
        11 => new BsonDateTime(Pick([long.MinValue, long.MaxValue, 0, -62135596800001, 253402300800000])),
        12 => new BsonTimestamp(_random.NextInt64()),
        13 => new BsonRegularExpression("a[", "i"),
        14 => new BsonJavaScript("f()"),
        15 => new BsonJavaScriptWithScope("f()", new BsonDocument("a", 1)),
        16 => BsonSymbol.Create("s"),
        17 => BsonMinKey.Value,
        18 => BsonMaxKey.Value,
        19 => ObjectId.GenerateNewId(),
        20 => BsonBoolean.True,
        21 => Nest(_random.Next(1, 60)),
        22 => new BsonDocument("%json", Pick([new string('[', 20_000), "[1", "{\"a\":1,\"a\":2}", new string('[', 70) + new string(']', 70)])),
        23 => new BsonArray { CreateValue(depth - 1), CreateValue(depth - 1) },
        24 => new BsonArray(),
        25 => new BsonDocument(),
        _ => new BsonDocument(Pick(Names), CreateValue(depth - 1)),
    };

    private static BsonArray Nest(int levels)
    {
        BsonArray value = [];
        for (var i = 0; i < levels; i++)
        {
            value = [value];
        }

        return value;
    }
}
