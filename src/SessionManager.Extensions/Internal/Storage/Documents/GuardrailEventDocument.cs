using System.Text.Json;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The stored form of a <see cref="GuardrailEvent"/>, which stands beside agent id and position of its message.
/// </summary>
internal static class GuardrailEventDocument
{
    public const string Action = "action";
    public const string Timestamp = "timestamp";
    public const string StopReason = "stop_reason";
    public const string PoliciesTriggered = "policies_triggered";

    private const string Trace = "trace";
    private const string TimestampPath = $"{Fields.GuardrailEvent}.{Timestamp}";

    private static readonly JsonValueCodec Values = new();
    private static readonly RedactionDetails Defaults = new();

    /// <summary>
    /// Gets the event of a redaction. What the details do not say is left out.
    /// </summary>
    public static BsonDocument ToBson(RedactionDetails details, BsonDateTime now)
    {
        var document = new BsonDocument
        {
            { Action, Utf16.ToWellFormed(details.Action) },
            { Timestamp, now },
        };
        if (!string.IsNullOrEmpty(details.StopReason))
        {
            document.Add(StopReason, Utf16.ToWellFormed(details.StopReason));
        }

        var policies = details.GetTriggeredPolicies();
        if (policies.Count > 0)
        {
            document.Add(PoliciesTriggered, new BsonDocument(policies.Select(policy => new BsonElement(policy.Key, new BsonArray(policy.Value)))));
        }

        if (details.GuardrailTrace is { } trace && HasContent(trace))
        {
            document.Add(Trace, ToBson(trace));
        }

        return document;
    }

    /// <summary>
    /// Reads an event that this library wrote. The caller sets agent id and position.
    /// </summary>
    public static GuardrailEvent Read(IBsonReader reader)
    {
        DamagedFields damaged = default;
        return Read(reader, ref damaged);
    }

    /// <summary>
    /// Reads an event of any writer. The caller sets agent id and position.
    /// </summary>
    public static GuardrailEvent Read(IBsonReader reader, ref DamagedFields damaged)
    {
        var read = new GuardrailEvent { AgentId = "", Position = 0, Action = Defaults.Action, Timestamp = default };
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var name = reader.ReadName();
            read = (name, reader.CurrentBsonType) switch
            {
                (Action, BsonType.String) => read with { Action = reader.ReadString() },
                (Timestamp, BsonType.DateTime) => read with { Timestamp = damaged.ReadTime(reader, TimestampPath) },
                (StopReason, BsonType.String) => read with { StopReason = reader.ReadString() },
                (PoliciesTriggered, BsonType.Document) => read with { PoliciesTriggered = ReadPolicies(reader) },
                (Trace, not BsonType.Null) => read with { Trace = JsonValueCodec.ReadElement(reader) },
                (Action or Timestamp or StopReason or PoliciesTriggered, _) => SkipDamaged(reader, read, name, ref damaged),
                _ => Skip(reader, read),
            };
        }

        reader.ReadEndDocument();
        return read;
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadPolicies(IBsonReader reader)
    {
        var policies = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        reader.ReadStartDocument();
        while (reader.ReadBsonType() != BsonType.EndOfDocument)
        {
            var name = reader.ReadName();
            var findings = JsonValueCodec.ReadElement(reader);
            policies[name] = findings.ValueKind == JsonValueKind.Array
                ? [.. findings.EnumerateArray().Select(GuardrailPolicies.ToText)]
                : [GuardrailPolicies.ToText(findings)];
        }

        reader.ReadEndDocument();
        return policies;
    }

    private static bool HasContent(JsonElement trace) => trace.ValueKind switch
    {
        JsonValueKind.Object => trace.EnumerateObject().Any(),
        JsonValueKind.Array => trace.GetArrayLength() > 0,
        // Longer than its two quotes.
        JsonValueKind.String => trace.GetRawText().Length > 2,
        JsonValueKind.Number or JsonValueKind.True => true,
        _ => false,
    };

    private static BsonValue ToBson(JsonElement trace)
    {
        using var stream = new MemoryStream();
        using (var writer = new BsonBinaryWriter(stream))
        {
            writer.WriteStartDocument();
            writer.WriteName(Trace);
            Values.Write(writer, trace, nameof(RedactionDetails.GuardrailTrace));
            writer.WriteEndDocument();
        }

        return new RawBsonDocument(stream.ToArray())[Trace];
    }

    private static GuardrailEvent SkipDamaged(IBsonReader reader, GuardrailEvent unchanged, string name, ref DamagedFields damaged)
    {
        damaged.Skip(reader, $"{Fields.GuardrailEvent}.{name}");
        return unchanged;
    }

    private static GuardrailEvent Skip(IBsonReader reader, GuardrailEvent unchanged)
    {
        reader.SkipValue();
        return unchanged;
    }
}
