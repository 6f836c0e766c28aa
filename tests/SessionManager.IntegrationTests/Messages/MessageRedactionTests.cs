using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;

namespace SessionManager.IntegrationTests.Messages;

public sealed class MessageRedactionTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly SessionAgent _agent = Agents.Support();
    private ISessionManager _session = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _session = database.Factory.Create(_sessionId);
        await _session.InitializeAsync(_agent, Cancellation);
        await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation);
        _agent.Metrics.AddModelCall(new() { InputTokenCount = 7 }, TimeSpan.FromSeconds(1));
        await _session.AppendMessageAsync(Agents.Assistant("a secret"), _agent, Cancellation);
        await _session.SyncAgentAsync(_agent, Cancellation);
        database.Commands.Clear();
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact]
    public async Task RedactLatestMessageAsync_NoDetails_StoresRedactionAndEventInOneUpdate()
    {
        var messageId = await _session.RedactLatestMessageAsync(Agents.Assistant("[removed]"), _agent, cancellationToken: Cancellation);

        Assert.Equal(1, messageId);
        // The other one is of the session, which may show the message in lists.
        Assert.Equal(["findAndModify", "update"], database.Commands.Names);
        var stored = (await database.FindMessagesAsync(_sessionId))[1];
        Assert.Equal(["action", "timestamp"], stored["guardrail_event"].AsBsonDocument.Names);
        Assert.Equal("BLOCKED", stored["guardrail_event"]["action"]);
        Assert.Equal(stored["updated_at"], stored["guardrail_event"]["timestamp"]);
        Assert.Equal("[removed]", stored["redact_message"]["content"][0]["text"]);
        Assert.Equal("a secret", stored["message"]["content"][0]["text"]);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_MessageWithMetrics_KeepsThem()
    {
        // Redacting replaces the whole message in the reference, its metrics included (fault 4).
        await _session.RedactLatestMessageAsync(Agents.Assistant("[removed]"), _agent, cancellationToken: Cancellation);

        var message = (await _session.ListMessagesAsync("support", cancellationToken: Cancellation))[1];
        Assert.Equal(7, message.EventLoopMetrics?.TotalTokens);
        Assert.Equal("[removed]", message.EffectiveMessage.Text);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_OtherWriterAppendedMeanwhile_RedactsTheOneThatWasMeant()
    {
        // The event lands on whatever is last in the database in the reference (fault 12).
        await database.Factory.Create(_sessionId).AppendMessageAsync(Agents.Assistant("later"), Agents.Support(), Cancellation);

        var messageId = await _session.RedactLatestMessageAsync(Agents.Assistant("[removed]"), _agent, cancellationToken: Cancellation);

        Assert.Equal(1, messageId);
        var stored = await database.FindMessagesAsync(_sessionId);
        Assert.True(stored[1].Contains("guardrail_event"));
        Assert.False(stored[2].Contains("guardrail_event"));
        Assert.Equal(BsonNull.Value, stored[2]["redact_message"]);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_ManagerThatKnowsNothing_RedactsTheLatest()
    {
        var messageId = await database.Factory.Create(_sessionId).RedactLatestMessageAsync(Agents.Assistant("[removed]"), Agents.Support(), cancellationToken: Cancellation);

        Assert.Equal(1, messageId);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_NoMessages_WritesNothing()
    {
        var other = Agents.Support("other");
        await _session.InitializeAsync(other, Cancellation);

        var known = await _session.RedactLatestMessageAsync(Agents.Assistant("[removed]"), other, cancellationToken: Cancellation);
        var unknown = await database.Factory.Create(_sessionId).RedactLatestMessageAsync(Agents.Assistant("[removed]"), other, cancellationToken: Cancellation);

        Assert.Null(known);
        Assert.Null(unknown);
        Assert.Empty(await _session.ListGuardrailEventsAsync(Cancellation));
    }

    [Fact]
    public async Task RedactLatestMessageAsync_Details_AreOnTheMessageAndListedWithoutTheTrace()
    {
        var trace = JsonSerializer.Deserialize<JsonElement>(
            """{"inputAssessment": {"g-1": {"topicPolicy": {"topics": [{"name": "finance", "action": "BLOCKED"}]}}}}""");

        await _session.RedactLatestMessageAsync(
            Agents.Assistant("[removed]"),
            _agent,
            new RedactionDetails { Action = "ANONYMIZED", StopReason = "guardrail_intervened", GuardrailTrace = trace },
            Cancellation);

        var onMessage = (await _session.ListMessagesAsync("support", cancellationToken: Cancellation))[1].GuardrailEvent;
        var listed = Assert.Single(await _session.ListGuardrailEventsAsync(Cancellation));
        Assert.Equal(("ANONYMIZED", "guardrail_intervened"), (onMessage?.Action, onMessage?.StopReason));
        Assert.True(JsonElement.DeepEquals(trace, onMessage!.Trace!.Value));
        Assert.Equal(("support", 1, "ANONYMIZED", "guardrail_intervened"), (listed.AgentId, listed.Position, listed.Action, listed.StopReason));
        Assert.Equal(onMessage.Timestamp, listed.Timestamp);
        Assert.Equal(["finance/BLOCKED"], listed.PoliciesTriggered["topicPolicy"]);
        Assert.Null(listed.Trace);
    }

    [Fact]
    public async Task RedactLatestMessageAsync_ErasureConfigured_LeavesNothingOfTheOriginal()
    {
        await using var services = database.CreateServices(options => options.EraseRedactedMessages = true);
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);

        await session.RedactLatestMessageAsync(Agents.Assistant("[removed]"), _agent, cancellationToken: Cancellation);

        var stored = (await database.FindMessagesAsync(_sessionId))[1];
        Assert.DoesNotContain("a secret", stored.ToJson(), StringComparison.Ordinal);
        Assert.Equal("[removed]", (await session.ListMessagesAsync("support", cancellationToken: Cancellation))[1].EffectiveMessage.Text);
    }
}
