using System.Text.Json;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Sums up the trace of a guardrail: which policies were triggered, each with its findings. Whatever does not look like
/// an assessment is passed over, as a redaction must not fail for its audit.
/// </summary>
internal static class GuardrailPolicies
{
    private const string Guardrail = "guardrail";
    private const string InputAssessment = "inputAssessment";
    private const string OutputAssessments = "outputAssessments";
    private const string Detected = "detected";
    private const string Unknown = "UNKNOWN";

    // An assessment is a value or an array item under a guardrail's id, never deeper.
    private const int MaxDepth = 3;

    private static readonly Finding[] Findings =
    [
        new("contentPolicy", "filters", ["type", "confidence"]),
        new("topicPolicy", "topics", ["name", "action"]),
        new("wordPolicy", "customWords", ["match"]),
        new("wordPolicy", "managedWordLists", ["type", "match"]),
        new("sensitiveInformationPolicy", "piiEntities", ["type", "action"]),
        new("sensitiveInformationPolicy", "regexes", ["name", "action"]),
        new("contextualGroundingPolicy", "filters", ["type", "score", "threshold"]),
    ];

    /// <summary>
    /// Gets the findings by policy, in the order in which the trace has them: input before output.
    /// </summary>
    /// <param name="trace">
    /// The trace, or the object around it that has it as <c>guardrail</c>. Assessments may stand by themselves or under
    /// the ids of guardrails.
    /// </param>
    public static Dictionary<string, IReadOnlyList<string>> Summarize(JsonElement? trace)
    {
        var policies = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (trace is { ValueKind: JsonValueKind.Object } root)
        {
            var inner = Get(root, Guardrail, JsonValueKind.Object) ?? root;
            Visit(Get(inner, InputAssessment), policies, MaxDepth);
            Visit(Get(inner, OutputAssessments), policies, MaxDepth);
        }

        return policies;
    }

    /// <summary>Gets the text of a string, and the JSON of any other value. Lone surrogates are replaced.</summary>
    public static string ToText(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? Utf16.ToWellFormed(Utf16.FromJson(value.GetRawText())) : value.GetRawText();

    private static void Visit(JsonElement? element, Dictionary<string, IReadOnlyList<string>> policies, int depth)
    {
        if (depth == 0)
        {
            return;
        }

        if (element is { ValueKind: JsonValueKind.Array } array)
        {
            foreach (var item in array.EnumerateArray())
            {
                Visit(item, policies, depth - 1);
            }
        }
        else if (element is { ValueKind: JsonValueKind.Object } map)
        {
            if (Array.Exists(Findings, finding => map.TryGetProperty(finding.Policy, out _)))
            {
                AddFindings(map, policies);
                return;
            }

            foreach (var entry in map.EnumerateObject())
            {
                Visit(entry.Value, policies, depth - 1);
            }
        }
    }

    private static void AddFindings(JsonElement assessment, Dictionary<string, IReadOnlyList<string>> policies)
    {
        foreach (var finding in Findings)
        {
            if (Get(assessment, finding.Policy, JsonValueKind.Object) is { } policy
                && Get(policy, finding.List, JsonValueKind.Array) is { } list)
            {
                foreach (var item in list.EnumerateArray())
                {
                    Add(policies, finding, item);
                }
            }
        }
    }

    private static void Add(Dictionary<string, IReadOnlyList<string>> policies, Finding finding, JsonElement item)
    {
        // A full trace lists what was looked for and not found as well.
        if (item.ValueKind != JsonValueKind.Object || Get(item, Detected, JsonValueKind.False) is not null)
        {
            return;
        }

        if (!policies.TryGetValue(finding.Policy, out var descriptions))
        {
            policies[finding.Policy] = descriptions = new List<string>();
        }

        ((List<string>)descriptions).Add(string.Join('/', finding.Fields.Select(field => Describe(item, field))));
    }

    private static string Describe(JsonElement item, string field) =>
        Get(item, field) is { ValueKind: not JsonValueKind.Null } value ? ToText(value) : Unknown;

    private static JsonElement? Get(JsonElement map, string name) => map.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement? Get(JsonElement map, string name, JsonValueKind kind) =>
        map.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    private sealed record Finding(string Policy, string List, string[] Fields);
}
