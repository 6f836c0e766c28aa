using System.Text.Json;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents;

public sealed class GuardrailEventDocumentTests
{
    private static readonly BsonDateTime Now = new(1704164645678);

    [Fact]
    public void ToBson_NoDetails_HasActionAndTimeOnly() =>
        Assert.Equal("""{ "action" : "BLOCKED", "timestamp" : { "$date" : "2024-01-02T03:04:05.678Z" } }""", GuardrailEventDocument.ToBson(new(), Now).ToJson());

    [Fact]
    public void ToBson_EveryDetail_IsInThisOrder()
    {
        var details = new RedactionDetails
        {
            Action = "ANONYMIZED",
            StopReason = "guardrail_intervened",
            GuardrailTrace = JsonElement.Parse("""{"inputAssessment": {"wordPolicy": {"customWords": [{"match": "x"}]}}, "a.b": 0.5}"""),
        };

        var document = GuardrailEventDocument.ToBson(details, Now);

        Assert.Equal(
            """{ "action" : "ANONYMIZED", "timestamp" : { "$date" : "2024-01-02T03:04:05.678Z" }, "stop_reason" : "guardrail_intervened", "policies_triggered" : { "wordPolicy" : ["x"] }, "trace" : { "inputAssessment" : { "wordPolicy" : { "customWords" : [{ "match" : "x" }] } }, "a%2Eb" : 0.5 } }""",
            document.ToJson());
        var read = Read(document);
        Assert.Equal(("ANONYMIZED", "guardrail_intervened", 1704164645678), (read.Action, read.StopReason, read.Timestamp.ToUnixTimeMilliseconds()));
        Assert.Equal(["x"], read.PoliciesTriggered["wordPolicy"]);
        Assert.True(JsonElement.DeepEquals(details.GuardrailTrace.Value, read.Trace!.Value));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"\"")]
    [InlineData("false")]
    public void ToBson_EmptyDetails_AreLeftOut(string trace)
    {
        var details = new RedactionDetails { StopReason = "", GuardrailTrace = JsonElement.Parse(trace) };

        Assert.Equal(["action", "timestamp"], GuardrailEventDocument.ToBson(details, Now).Names);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"action": 5, "timestamp": "yesterday", "stop_reason": null, "policies_triggered": null, "trace": null, "later": {"a": 1}}""")]
    public void Read_DocumentOfAnotherWriter_TakesWhatItCan(string json)
    {
        var read = Read(BsonDocument.Parse(json));

        Assert.Equal(("BLOCKED", default, null, null), (read.Action, read.Timestamp, read.StopReason, read.Trace));
        Assert.Empty(read.PoliciesTriggered);
    }

    [Fact]
    public void Read_PoliciesOfAnotherShape_BecomeTexts()
    {
        var read = Read(BsonDocument.Parse("""{"policies_triggered": {"a": "single", "b": [1, null, "x"]}}"""));

        Assert.Equal(["single"], read.PoliciesTriggered["a"]);
        Assert.Equal(["1", "null", "x"], read.PoliciesTriggered["b"]);
    }

    private static GuardrailEvent Read(BsonDocument document)
    {
        using var reader = new BsonDocumentReader(document);
        return GuardrailEventDocument.Read(reader);
    }
}
