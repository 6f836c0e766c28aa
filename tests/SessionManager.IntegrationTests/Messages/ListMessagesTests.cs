using MongoDB.Bson;

namespace SessionManager.IntegrationTests.Messages;

public sealed class ListMessagesTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private ISessionManager _session = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _session = database.Factory.Create(_sessionId);
        var agent = Agents.Support();
        for (var i = 0; i < 5; i++)
        {
            agent.Messages.Add(Agents.User($"m{i}"));
        }

        await _session.InitializeAsync(agent, Cancellation);
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [InlineData(0, null, null, false, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(1, null, 2, false, new[] { 1, 2 })]
    [InlineData(0, null, 0, false, new int[0])]
    [InlineData(999, null, null, false, new int[0])]
    [InlineData(1, 4, null, false, new[] { 1, 2, 3 })]
    [InlineData(0, null, 2, true, new[] { 4, 3 })]
    [InlineData(0, 3, 2, true, new[] { 2, 1 })]
    public async Task ListMessagesAsync_Range_GivesItsMessages(int from, int? before, int? limit, bool newestFirst, int[] expected)
    {
        var query = new MessageQuery { FromPosition = from, BeforePosition = before, Limit = limit, NewestFirst = newestFirst };

        var messages = await _session.ListMessagesAsync("support", query, Cancellation);
        var streamed = await _session.StreamMessagesAsync("support", query, Cancellation).ToListAsync(Cancellation);

        Assert.Equal(expected, messages.Select(message => message.Position));
        Assert.Equal(expected.Select(id => $"m{id}"), messages.Select(message => message.Message.Text));
        Assert.Equal(expected, streamed.Select(message => message.Position));
    }

    [Fact]
    public async Task ListMessagesAsync_UnknownAgent_GivesNothing() =>
        Assert.Empty(await _session.ListMessagesAsync("other", cancellationToken: Cancellation));

    [Fact]
    public async Task ListMessagesAsync_ManyMessages_IsOneCommandBehindThatForTheBranch()
    {
        var agent = Agents.Support("many");
        for (var i = 0; i < 1500; i++)
        {
            agent.Messages.Add(Agents.User($"m{i}"));
        }

        await _session.InitializeAsync(agent, Cancellation);
        database.Commands.Clear();

        var messages = await _session.ListMessagesAsync("many", cancellationToken: Cancellation);

        Assert.Equal(1500, messages.Count);
        Assert.Equal(["find", "find"], database.Commands.Names);
    }

    [Fact]
    public async Task StreamMessagesAsync_ManyMessages_TakesThemInBatches()
    {
        var agent = Agents.Support("streamed");
        for (var i = 0; i < 500; i++)
        {
            agent.Messages.Add(Agents.User($"m{i}"));
        }

        await _session.InitializeAsync(agent, Cancellation);
        database.Commands.Clear();

        await foreach (var message in _session.StreamMessagesAsync("streamed", cancellationToken: Cancellation))
        {
            Assert.Equal(0, message.Position);
            break;
        }

        Assert.Equal(["find", "find", "killCursors"], database.Commands.Names);
    }

    [Fact]
    public async Task ListMessagesAsync_FieldsOfOthers_HideNoMessage()
    {
        // A message with an unknown field is silently dropped in the reference (fault 6).
        await database.Messages.UpdateManyAsync(
            new BsonDocument("session_id", _sessionId),
            BsonDocument.Parse("""{"$set": {"latency_ms": 5, "input_tokens": 1, "output_tokens": {"a": [1]}, "from_the_future": {"x": 1}, "message.cache": true}}"""),
            cancellationToken: Cancellation);

        var messages = await _session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Assert.Equal([0, 1, 2, 3, 4], messages.Select(message => message.Position));
    }

    [Fact]
    public async Task ListMessagesAsync_RedactedMessage_GivesBothAndTheEffectiveOne()
    {
        await database.Messages.UpdateOneAsync(
            new BsonDocument { { "session_id", _sessionId }, { "message_id", 2 } },
            BsonDocument.Parse("""{"$set": {"redact_message": {"role": "user", "content": [{"text": "[removed]"}]}}}"""),
            cancellationToken: Cancellation);

        var messages = await _session.ListMessagesAsync("support", new MessageQuery { FromPosition = 2, Limit = 1 }, Cancellation);
        var restored = Agents.Support();
        await database.Factory.Create(_sessionId).InitializeAsync(restored, Cancellation);

        var message = Assert.Single(messages);
        Assert.Equal(("m2", "[removed]", "[removed]"), (message.Message.Text, message.RedactMessage?.Text, message.EffectiveMessage.Text));
        Assert.Equal("[removed]", restored.Messages[2].Text);
    }

    [Fact]
    public async Task ListMessagesAsync_DamagedMessage_ThrowsInsteadOfHidingIt()
    {
        await database.Messages.UpdateOneAsync(
            new BsonDocument { { "session_id", _sessionId }, { "message_id", 2 } },
            BsonDocument.Parse("""{"$unset": {"message": ""}}"""),
            cancellationToken: Cancellation);

        var exception = await Assert.ThrowsAsync<DamagedMessageException>(() => _session.ListMessagesAsync("support", cancellationToken: Cancellation));

        Assert.Contains("'message'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetMessageCountAsync_SomeMessages_CountsThem()
    {
        Assert.Equal(5, await _session.GetMessageCountAsync("support", Cancellation));
        Assert.Equal(0, await _session.GetMessageCountAsync("other", Cancellation));
    }
}
