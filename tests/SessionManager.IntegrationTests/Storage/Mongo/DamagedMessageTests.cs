using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// Messages that something else than the library has written or changed.
/// </summary>
public sealed class DamagedMessageTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Canary = "canary-51c2";

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private int _branch;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("event_loop_metrics", "'canary-51c2'", "event_loop_metrics")]
    [InlineData("event_loop_metrics", "[1]", "event_loop_metrics")]
    [InlineData("event_loop_metrics.accumulated_usage", "'canary-51c2'", "event_loop_metrics.accumulated_usage")]
    [InlineData("event_loop_metrics.accumulated_usage.inputTokens", "'canary-51c2'", "event_loop_metrics.accumulated_usage.inputTokens")]
    [InlineData("event_loop_metrics.accumulated_usage.inputTokens", "{ '$numberDouble': 'NaN' }", "event_loop_metrics.accumulated_usage.inputTokens")]
    [InlineData("event_loop_metrics.accumulated_metrics.latencyMs", "{ '$numberDouble': '1e300' }", "event_loop_metrics.accumulated_metrics.latencyMs")]
    [InlineData("event_loop_metrics.cycle_metrics.total_duration", "{ '$numberDecimal': '1E6000' }", "event_loop_metrics.cycle_metrics.total_duration")]
    [InlineData("event_loop_metrics.tool_usage", "'canary-51c2'", "event_loop_metrics.tool_usage")]
    [InlineData("event_loop_metrics.tool_usage", "{ 'canary-51c2': 5 }", "event_loop_metrics.tool_usage")]
    [InlineData("event_loop_metrics.tool_usage", "{ 'canary-51c2': { 'call_count': 'many' } }", "event_loop_metrics.tool_usage")]
    [InlineData("event_loop_metrics.model", "5", "event_loop_metrics.model")]
    [InlineData("guardrail_event", "'canary-51c2'", "guardrail_event")]
    [InlineData("guardrail_event", "{ 'action': 5, 'timestamp': 'canary-51c2', 'policies_triggered': [] }", "guardrail_event.action, guardrail_event.timestamp, guardrail_event.policies_triggered")]
    [InlineData("created_at", "'canary-51c2'", "created_at")]
    [InlineData("created_at", "{ '$date': { '$numberLong': '-9223372036854775808' } }", "created_at")]
    [InlineData("updated_at", "{ '$date': { '$numberLong': '9223372036854775807' } }", "updated_at")]
    public async Task Read_DamagedSecondaryField_LeavesItOutAndLogsItsName(string field, string json, string logged)
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        await SetAsync(1, field, json);

        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Assert.Equal(["one", "two", "three"], messages.Select(message => message.Message.Text));
        var record = Assert.Single(services.GetFakeLogCollector().GetSnapshot(), record => record.Id.Name == "MessageFieldsIgnored");
        Assert.Equal($"Message 1 of agent support in session {_sessionId} is read without these fields, which are damaged: {logged}.", record.Message);
        await AssertReadableAsync(services, "one", "two", "three");
        Assert.DoesNotContain(services.GetFakeLogCollector().GetSnapshot(), record => record.Message.Contains(Canary, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("message.metadata", "'canary-51c2'")]
    [InlineData("message.metadata.custom", "'canary-51c2'")]
    [InlineData("message.metadata.custom.authorName", "5")]
    [InlineData("message.metadata.custom.createdAt", "5")]
    [InlineData("message.metadata.custom.additionalProperties", "'canary-51c2'")]
    [InlineData("message.metadata.custom.contents", "[{ 'index': 'canary-51c2', 'type': 5 }, 'canary-51c2']")]
    [InlineData("replaced_messages", "'canary-51c2'")]
    [InlineData("append_id", "'canary-51c2'")]
    [InlineData("expires_at", "'canary-51c2'")]
    public async Task Read_FieldThatIsOfAnotherProgram_IsLeftAlone(string field, string json)
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        await SetAsync(1, field, json);

        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Assert.Equal(["one", "two", "three"], messages.Select(message => message.Message.Text));
    }

    [Theory]
    [InlineData("agent_id", "5", "agent_id")]
    [InlineData("message_id", "'canary-51c2'", "message_id")]
    [InlineData("message_id", "-1", "message_id")]
    [InlineData("message_id", "{ '$numberDouble': '1e300' }", "message_id")]
    [InlineData("message", "'canary-51c2'", "message")]
    [InlineData("message", "null", "message")]
    [InlineData("message.role", "5", "message.role")]
    [InlineData("message.role", "' '", "message.role")]
    [InlineData("message.content", "5", "message.content")]
    [InlineData("message.content", "[{ 'text': 'a' }, { 'text': ['canary-51c2'] }]", "message.content.1")]
    [InlineData("message.content", "[{ 'toolUse': { 'name': 'canary-51c2' } }]", "message.content.0")]
    [InlineData("redact_message", "'canary-51c2'", "redact_message")]
    [InlineData("redact_message", "{ 'role': 'assistant', 'content': 5 }", "redact_message.content")]
    public async Task Replace_DamagedMessage_LeadsPastItAndKeepsIt(string field, string json, string damaged)
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        var before = await SetAsync(1, field, json);
        await AssertDamagedAsync(services, damaged);

        Assert.True(await session.TryReplaceDamagedMessageAsync("support", 1, Cancellation));
        Assert.False(await session.TryReplaceDamagedMessageAsync("support", 1, Cancellation));

        // A placeholder that no model is sent; the positions have no gap.
        await AssertReadableAsync(services, "one", "three");
        var placeholder = (await session.ListMessagesAsync("support", cancellationToken: Cancellation))[1];
        Assert.Equal((1, 0, true), (placeholder.Position, placeholder.Message.Contents.Count, placeholder.Message.AdditionalProperties?["damaged"]));
        var stored = await FindAsync(1);
        var kept = stored["replaced_messages"].AsBsonArray[0]["document"].AsBsonDocument;
        Assert.Equal(before, kept);
        Assert.Equal(3, await session.GetMessageCountAsync("support", Cancellation));
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        Assert.Equal(3, await session.AppendMessageAsync(Agents.User("four"), agent, Cancellation));
    }

    [Fact]
    public async Task Replace_DamagedMessageId_LetsAppendsGoOnBefore()
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        await SetAsync(2, "message_id", "'two'");

        // The key has the position, too.
        Assert.Equal(3, await session.GetMessageCountAsync("support", Cancellation));
        Assert.Equal(3, await database.Storage.AppendMessageAsync(_sessionId, await database.BranchAsync(_sessionId), Agents.User("four"), null, null, Cancellation));
    }

    [Fact]
    public async Task Pipeline_ReplacedMessage_IsNotSentToTheModel()
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        await SetAsync(1, "message.content", "5");
        using var model = new ScriptedModel("Yes.", "No.");
        var client = new ChatClientBuilder(model).UseSessionManager("support").Build(services);
        var options = new ChatOptions { ConversationId = _sessionId };

        var exception = await Assert.ThrowsAsync<DamagedMessageException>(() => client.GetResponseAsync("Hello?", options, Cancellation));
        await session.TryReplaceDamagedMessageAsync(exception.AgentId, exception.Position!.Value, Cancellation);
        await client.GetResponseAsync("Hello?", options, Cancellation);

        Assert.Equal(["one", "three", "Hello?"], Assert.Single(model.Requests).Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Read_ContentThatIsAText_IsThatText()
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        await SetAsync(1, "message", "{ 'role': 'user', 'content': 'Hello from another program.' }");

        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Assert.Equal("Hello from another program.", Assert.IsType<TextContent>(Assert.Single(messages[1].Message.Contents)).Text);
        Assert.Equal(ChatRole.User, messages[1].Message.Role);
    }

    [Fact]
    public async Task Read_TextThatIsNoUtf8_HasAReplacementCharacter()
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        var message = (await FindAsync(1)).ToBson();
        var text = message.AsSpan().IndexOf("two"u8);
        message[text] = 0xFF;
        await database.Messages.DeleteOneAsync(ToFilter(1), Cancellation);
        await database.Database.GetCollection<RawBsonDocument>("sessions_messages").InsertOneAsync(new RawBsonDocument(message), null, Cancellation);

        var messages = await session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Assert.Equal(["one", "\uFFFDwo", "three"], messages.Select(read => read.Message.Text));
    }

    [Theory]
    [InlineData("guardrail_event", "'canary-51c2'")]
    [InlineData("event_loop_metrics", "{ 'model': [1], 'accumulated_usage': { 'inputTokens': { '$numberDouble': 'Infinity' }, 'outputTokens': 'x' }, 'cycle_metrics': 5 }")]
    [InlineData("agent_id", "5")]
    public async Task Sums_DamagedMessage_HaveTheOthers(string field, string json)
    {
        await using var services = CreateServices();
        var session = await StartAsync(services);
        await database.Storage.RedactMessageAsync(_sessionId, await database.BranchAsync(_sessionId), 2, Agents.User("redacted"), new RedactionDetails(), Cancellation);
        await SetAsync(1, field, json);

        Assert.Equal(2, Assert.Single(await session.ListGuardrailEventsAsync(Cancellation), read => read.Position == 2).Position);
        Assert.NotNull(await session.GetUsageAsync(Cancellation));
    }

    private ServiceProvider CreateServices() => database.CreateServices(register: services => services.AddFakeLogging());

    private async Task<ISessionManager> StartAsync(IServiceProvider services)
    {
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        _branch = (await database.BranchAsync(_sessionId)).Number;
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5 }, TimeSpan.FromSeconds(1));
        await session.AppendMessagesAsync([Agents.User("one"), Agents.Assistant("two"), Agents.User("three")], agent, Cancellation);
        return session;
    }

    private BsonDocument ToFilter(int position) => new() { { "_id", $"{_sessionId}/support/~{_branch:D10}/{position:D10}" }, { "session_id", _sessionId } };

    private Task<BsonDocument> FindAsync(int position) => database.Messages.Find(ToFilter(position)).SingleAsync(Cancellation);

    private async Task<BsonDocument> SetAsync(int position, string field, string json)
    {
        // A parent that is of another type would be refused.
        var value = BsonDocument.Parse($"{{ 'v': {json} }}")["v"];
        var stored = await FindAsync(position);
        var parent = stored;
        var path = field.Split('.');
        foreach (var name in path[..^1])
        {
            parent = (parent.GetValue(name, BsonNull.Value) as BsonDocument ?? (parent[name] = new BsonDocument())).AsBsonDocument;
        }

        parent[path[^1]] = value;
        await database.Messages.ReplaceOneAsync(ToFilter(position), stored, cancellationToken: Cancellation);
        return stored;
    }

    private async Task AssertReadableAsync(IServiceProvider services, params string[] texts)
    {
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        Assert.Equal(texts, agent.Messages.Select(message => message.Text));
        var window = Agents.Support();
        await session.InitializeAsync(window, new AgentInitializationOptions { Window = new HistoryWindow { MaxMessages = 2 } }, Cancellation);
        Assert.NotEmpty(await session.StreamMessagesAsync("support", cancellationToken: Cancellation).ToListAsync(Cancellation));
    }

    private async Task AssertDamagedAsync(IServiceProvider services, string field)
    {
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        foreach (var read in (Func<Task>[])
        [
            () => session.ListMessagesAsync("support", cancellationToken: Cancellation),
            () => session.StreamMessagesAsync("support", cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask(),
            () => session.InitializeAsync(Agents.Support(), Cancellation),
        ])
        {
            var exception = await Assert.ThrowsAsync<DamagedMessageException>(read);
            Assert.Equal((_sessionId, 1, field), (exception.SessionId, exception.Position, exception.Field));
            Assert.Equal("support", exception.AgentId);
            Assert.DoesNotContain(Canary, exception.ToString(), StringComparison.Ordinal);
        }
    }
}
