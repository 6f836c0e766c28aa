using System.Text.Json;

namespace SessionManager.Internal.Shared;

public sealed class GuardrailPoliciesTests
{
    private const string Assessment =
        """
        {
          "contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "score": 0.3, "threshold": 0.7}]},
          "sensitiveInformationPolicy": {"regexes": [{"name": "iban", "action": "BLOCKED"}], "piiEntities": [{"type": "EMAIL", "action": "ANONYMIZED", "match": "a@b.c"}]},
          "wordPolicy": {"managedWordLists": [{"type": "PROFANITY", "match": "darn"}], "customWords": [{"match": "rival"}]},
          "topicPolicy": {"topics": [{"name": "finance", "action": "BLOCKED"}]},
          "contentPolicy": {"filters": [{"type": "VIOLENCE", "confidence": "HIGH"}, {"type": "HATE", "confidence": "LOW"}]}
        }
        """;

    private const string Summary =
        """{"contentPolicy":["VIOLENCE/HIGH","HATE/LOW"],"topicPolicy":["finance/BLOCKED"],"wordPolicy":["rival","PROFANITY/darn"],"sensitiveInformationPolicy":["EMAIL/ANONYMIZED","iban/BLOCKED"],"contextualGroundingPolicy":["GROUNDING/0.3/0.7"]}""";

    [Theory]
    [InlineData("""{"inputAssessment": ASSESSMENT}""")]
    [InlineData("""{"inputAssessment": {"gr-1": ASSESSMENT}}""")]
    [InlineData("""{"outputAssessments": [ASSESSMENT]}""")]
    [InlineData("""{"outputAssessments": {"gr-1": [ASSESSMENT]}}""")]
    [InlineData("""{"outputAssessments": {"gr-1": ASSESSMENT}}""")]
    [InlineData("""{"guardrail": {"modelOutput": ["x"], "inputAssessment": {"gr-1": ASSESSMENT}}}""")]
    public void Summarize_EitherShape_ListsFindingsInTheOrderOfThePolicies(string trace) =>
        Assert.Equal(Summary, Summarize(trace.Replace("ASSESSMENT", Assessment, StringComparison.Ordinal)));

    [Fact]
    public void Summarize_InputAndOutputs_ListsTheInputFirst() => Assert.Equal(
        """{"topicPolicy":["a/BLOCKED","c/BLOCKED"],"contentPolicy":["B/HIGH"]}""",
        Summarize(
            """
            {
              "outputAssessments": [
                {"contentPolicy": {"filters": [{"type": "B", "confidence": "HIGH"}]}},
                {"topicPolicy": {"topics": [{"name": "c", "action": "BLOCKED"}]}}
              ],
              "inputAssessment": {"topicPolicy": {"topics": [{"name": "a", "action": "BLOCKED"}]}}
            }
            """));

    [Fact]
    public void Summarize_SeveralGuardrails_ListsAll() => Assert.Equal(
        """{"wordPolicy":["a","b","c"]}""",
        Summarize(
            """
            {
              "inputAssessment": {"gr-1": {"wordPolicy": {"customWords": [{"match": "a"}]}}, "gr-2": {"wordPolicy": {"customWords": [{"match": "b"}]}}},
              "outputAssessments": {"gr-1": [{"invocationMetrics": {"latency": 1}}, {"wordPolicy": {"customWords": [{"match": "c"}]}}]}
            }
            """));

    [Fact]
    public void Summarize_MissingOrNullField_IsUnknown() => Assert.Equal(
        """{"contentPolicy":["UNKNOWN/HIGH","VIOLENCE/UNKNOWN"],"contextualGroundingPolicy":["UNKNOWN/1/true"]}""",
        Summarize(
            """
            {
              "inputAssessment": {
                "contentPolicy": {"filters": [{"confidence": "HIGH"}, {"type": "VIOLENCE", "confidence": null}]},
                "contextualGroundingPolicy": {"filters": [{"score": 1, "threshold": true}]}
              }
            }
            """));

    [Fact]
    public void Summarize_LoneSurrogate_IsReplaced() => Assert.Equal(
        ["a\ufffd"],
        GuardrailPolicies.Summarize(JsonElement.Parse("""{"inputAssessment": {"wordPolicy": {"customWords": [{"match": "a\ud800"}]}}}"""))["wordPolicy"]);

    [Fact]
    public void Summarize_WhatWasNotDetected_IsLeftOut() => Assert.Equal(
        """{"contentPolicy":["HATE/LOW"]}""",
        Summarize("""{"inputAssessment": {"contentPolicy": {"filters": [{"type": "VIOLENCE", "confidence": "NONE", "detected": false}, {"type": "HATE", "confidence": "LOW", "detected": true}]}}}"""));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("""{"guardrail": null, "inputAssessment": null, "outputAssessments": null}""")]
    [InlineData("""{"inputAssessment": [], "outputAssessments": {}}""")]
    [InlineData("""{"inputAssessment": 5, "outputAssessments": "x"}""")]
    [InlineData("""{"inputAssessment": {"contentPolicy": null, "topicPolicy": 5, "wordPolicy": [], "sensitiveInformationPolicy": {"piiEntities": null, "regexes": 7}}}""")]
    [InlineData("""{"inputAssessment": {"contentPolicy": {"filters": [null, 5, "x", []]}}}""")]
    [InlineData("""{"outputAssessments": [null, 5, [], [[[[[]]]]], {"gr": null}]}""")]
    [InlineData("""{"inputAssessment": {"a": {"b": {"c": {"d": {"wordPolicy": {"customWords": [{"match": "too deep"}]}}}}}}}""")]
    [InlineData("""{"\ud800": 1, "inputAssessment": {"\ud800": "\ud800"}}""")]
    public void Summarize_AnythingElse_IsEmpty(string trace) => Assert.Equal("{}", Summarize(trace));

    [Fact]
    public void Summarize_NoTrace_IsEmpty()
    {
        Assert.Empty(GuardrailPolicies.Summarize(null));
        Assert.Empty(GuardrailPolicies.Summarize(default(JsonElement)));
    }

    private static string Summarize(string trace) => JsonSerializer.Serialize(GuardrailPolicies.Summarize(JsonElement.Parse(trace)));
}
