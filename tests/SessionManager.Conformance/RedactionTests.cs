using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Redaction of messages, and the events that record it.
/// </summary>
public abstract class RedactionTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    private const string PlainTrace =
        """
        {
          "inputAssessment": {
            "contentPolicy": {"filters": [{"type": "VIOLENCE", "confidence": "HIGH"}]},
            "topicPolicy": null
          },
          "outputAssessments": [{"contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "score": 0.3, "threshold": 0.7}]}}]
        }
        """;

    private const string TraceByGuardrail =
        """
        {
          "inputAssessment": {"gr-1": {"contentPolicy": {"filters": [{"type": "VIOLENCE", "confidence": "HIGH"}]}}},
          "outputAssessments": {"gr-1": [{"contextualGroundingPolicy": {"filters": [{"type": "GROUNDING", "score": 0.3, "threshold": 0.7}]}}]}
        }
        """;

    [Fact]
    public async Task RedactLatestMessageAsync_NoDetails_RecordsActionAndTimeOnly()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("secret"), agent, Cancellation);
        Wait();

        Assert.Equal(0, await session.RedactLatestMessageAsync(User("[redacted]"), agent, cancellationToken: Cancellation));

        var onMessage = (await GetMessageAsync(0)).GuardrailEvent;
        var inSession = Assert.Single(await session.ListGuardrailEventsAsync(Cancellation));
        foreach (var recorded in (GuardrailEvent?[])[onMessage, inSession])
        {
            Assert.Equal(("support", 0, "BLOCKED", Now()), (recorded?.AgentId, recorded?.Position, recorded?.Action, recorded?.Timestamp));
            Assert.Null(recorded?.StopReason);
            Assert.Null(recorded?.Trace);
            Assert.Empty(recorded!.PoliciesTriggered);
        }
    }

    [Fact]
    public async Task RedactLatestMessageAsync_ActionAndStopReason_AreRecordedAtBothLevels()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);

        var details = new RedactionDetails { Action = "ANONYMIZED", StopReason = "guardrail_intervened" };
        await session.RedactLatestMessageAsync(User("[redacted]"), agent, details, Cancellation);

        var onMessage = (await GetMessageAsync(0)).GuardrailEvent;
        var inSession = Assert.Single(await session.ListGuardrailEventsAsync(Cancellation));
        Assert.Equal(("ANONYMIZED", "guardrail_intervened"), (onMessage?.Action, onMessage?.StopReason));
        Assert.Equal(("ANONYMIZED", "guardrail_intervened"), (inSession.Action, inSession.StopReason));
    }

    [Theory]
    [InlineData(PlainTrace)]
    [InlineData(TraceByGuardrail)]
    public async Task RedactLatestMessageAsync_Trace_IsSummedUpAtBothLevelsAndKeptWithTheMessage(string json)
    {
        // Guardrail ids as keys fail in the reference, after the redaction and before its audit (fault 42).
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);
        var trace = JsonElement.Parse(json);

        await session.RedactLatestMessageAsync(User("[redacted]"), agent, new() { GuardrailTrace = trace }, Cancellation);

        var onMessage = (await GetMessageAsync(0)).GuardrailEvent;
        var inSession = Assert.Single(await session.ListGuardrailEventsAsync(Cancellation));
        Assert.All([onMessage!, inSession], recorded =>
        {
            Assert.Equal(["contentPolicy", "contextualGroundingPolicy"], recorded.PoliciesTriggered.Keys);
            Assert.Equal(["VIOLENCE/HIGH"], recorded.PoliciesTriggered["contentPolicy"]);
            Assert.Equal(["GROUNDING/0.3/0.7"], recorded.PoliciesTriggered["contextualGroundingPolicy"]);
        });
        Assert.True(JsonElement.DeepEquals(trace, onMessage!.Trace!.Value), onMessage.Trace.Value.GetRawText());
        Assert.Null(inSession.Trace);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("""{"inputAssessment": 5, "outputAssessments": [null, [], "x", {"contentPolicy": null}]}""")]
    public async Task RedactLatestMessageAsync_TraceOfAnotherShape_IsNoObstacle(string json)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User(), agent, Cancellation);

        await session.RedactLatestMessageAsync(User("[redacted]"), agent, new() { GuardrailTrace = JsonElement.Parse(json) }, Cancellation);

        Assert.Empty(Assert.Single(await session.ListGuardrailEventsAsync(Cancellation)).PoliciesTriggered);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task RedactLatestMessageAsync_BlankAction_ThrowsAndWritesNothing(string action)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("kept"), agent, Cancellation);

        await Assert.ThrowsAsync<ArgumentException>(() => session.RedactLatestMessageAsync(User("[redacted]"), agent, new() { Action = action }, Cancellation));

        Assert.Equal("kept", (await GetMessageAsync(0)).EffectiveMessage.Text);
        Assert.Empty(await session.ListGuardrailEventsAsync(Cancellation));
    }

    [Fact]
    public async Task RedactLatestMessageAsync_NoMessages_WritesNothing()
    {
        var (session, agent) = await StartAsync();

        Assert.Null(await session.RedactLatestMessageAsync(User("[redacted]"), agent, cancellationToken: Cancellation));

        Assert.Empty(await session.ListGuardrailEventsAsync(Cancellation));
        Assert.Equal(0, await session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task RedactLatestMessageAsync_MessageAppendedMeanwhile_RedactsTheOneThatWasJudged()
    {
        // The audit lands on whatever is last in the database in the reference (fault 12).
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("secret"), agent, Cancellation);
        var other = CreateAgent();
        var second = Open();
        await second.InitializeAsync(other, Cancellation);
        await second.AppendMessageAsync(Assistant("innocent"), other, Cancellation);

        Assert.Equal(0, await session.RedactLatestMessageAsync(User("[redacted]"), agent, cancellationToken: Cancellation));

        Assert.Equal(("[redacted]", 0), ((await GetMessageAsync(0)).EffectiveMessage.Text, (await GetMessageAsync(0)).GuardrailEvent?.Position));
        Assert.Equal(("innocent", null), ((await GetMessageAsync(1)).EffectiveMessage.Text, (await GetMessageAsync(1)).GuardrailEvent));
    }

    [Fact]
    public async Task RedactLatestMessageAsync_RedactedMessage_IsWhatIsRestoredAndTheOriginalStays()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("secret"), agent, Cancellation);
        var created = (await GetMessageAsync(0)).CreatedAt;
        Wait();
        await session.RedactLatestMessageAsync(User("[redacted]"), agent, cancellationToken: Cancellation);

        var stored = await GetMessageAsync(0);
        var resumed = CreateAgent();
        await Open().InitializeAsync(resumed, Cancellation);

        Assert.Equal(("secret", "[redacted]", "[redacted]"), (stored.Message.Text, stored.RedactMessage?.Text, stored.EffectiveMessage.Text));
        Assert.Equal((created, Now()), (stored.CreatedAt, stored.UpdatedAt));
        Assert.Equal("[redacted]", Assert.Single(resumed.Messages).Text);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_MessageWithMetrics_KeepsThem()
    {
        // Redacting replaces the message, metrics and all, in the reference (fault 4).
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5 }, TimeSpan.FromMilliseconds(1));
        await session.SyncAgentAsync(agent, Cancellation);

        await session.RedactLatestMessageAsync(Assistant("[redacted]"), agent, cancellationToken: Cancellation);

        Assert.Equal(5, (await GetMessageAsync(0)).EventLoopMetrics?.TotalTokens);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_Erasing_LeavesNothingOfTheOriginal()
    {
        await using var host = await CreateHostAsync(options => options with { EraseRedactedMessages = true });
        var session = host.Factory.Create(SessionId);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(User("kept"), agent, Cancellation);
        await session.AppendMessageAsync(User("secret"), agent, Cancellation);

        await session.RedactLatestMessageAsync(User("[redacted]"), agent, cancellationToken: Cancellation);

        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["kept", "[redacted]"], messages.Select(message => message.EffectiveMessage.Text));
        Assert.DoesNotContain("secret", JsonSerializer.Serialize(messages[1].Message, AIJsonUtilities.DefaultOptions), StringComparison.Ordinal);
        Assert.Equal("BLOCKED", messages[1].GuardrailEvent?.Action);
    }

    [Fact]
    public async Task RedactMessageAsync_ByIdOrLatest_TellsWhichOneItWas()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(User("a"), agent, Cancellation);
        await session.AppendMessageAsync(User("b"), agent, Cancellation);

        Assert.Equal(0, await Storage.RedactMessageAsync(SessionId, await BranchAsync(), 0, User("x"), new(), Cancellation));
        Assert.Equal(1, await Storage.RedactMessageAsync(SessionId, await BranchAsync(), null, User("y"), new(), Cancellation));
        Assert.Null(await Storage.RedactMessageAsync(SessionId, await BranchAsync(), 99, User("z"), new(), Cancellation));
        Assert.Null(await Storage.RedactMessageAsync(SessionId, new AgentBranch("other", 0), null, User("z"), new(), Cancellation));

        Assert.Equal(["x", "y"], (await session.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.EffectiveMessage.Text));
    }

    [Fact]
    public async Task ListGuardrailEventsAsync_SeveralAgents_AreListedOldestFirst()
    {
        var (session, agent) = await StartAsync();
        var other = CreateAgent("billing");
        await session.InitializeAsync(other, Cancellation);
        await session.AppendMessageAsync(User(), agent, Cancellation);
        await session.AppendMessageAsync(User(), other, Cancellation);
        await session.RedactLatestMessageAsync(User("x"), agent, cancellationToken: Cancellation);
        Wait();
        await session.RedactLatestMessageAsync(User("x"), other, cancellationToken: Cancellation);

        Assert.Equal(["support", "billing"], (await session.ListGuardrailEventsAsync(Cancellation)).Select(recorded => recorded.AgentId));
    }

    private async Task<SessionMessage> GetMessageAsync(int messageId) =>
        Assert.Single(await Open().ListMessagesAsync("support", new() { FromPosition = messageId, Limit = 1 }, Cancellation));
}
