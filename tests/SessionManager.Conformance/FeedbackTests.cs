using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Feedback on a session or on one of its messages.
/// </summary>
public abstract class FeedbackTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task AddFeedbackAsync_Twice_ListsThemInOrderDatedByTheClock()
    {
        var (session, _) = await StartAsync();
        var supplied = new Feedback { Rating = FeedbackRating.Up, Comment = "good", CreatedAt = DateTimeOffset.UnixEpoch };
        var first = await session.AddFeedbackAsync(supplied, Cancellation);
        var firstTime = Now();
        Wait();
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down, Comment = "bad" }, Cancellation);

        var feedbacks = await session.GetFeedbacksAsync(Cancellation);

        Assert.Equal(
            [(FeedbackRating.Up, "good", firstTime), (FeedbackRating.Down, "bad", Now())],
            feedbacks.Select(feedback => (feedback.Rating!.Value, feedback.Comment!, feedback.CreatedAt!.Value)));
        Assert.Equivalent(feedbacks[0], first);
        Assert.Equal(Now(), (await GetInfoAsync()).UpdatedAt);
    }

    [Fact]
    public async Task AddFeedbackAsync_NothingButTheCall_StoresNullRatingAndComment()
    {
        var (session, _) = await StartAsync();

        var stored = await session.AddFeedbackAsync(new Feedback(), Cancellation);

        Assert.Equal((null, null, null, null), (stored?.Rating, stored?.Comment, stored?.AgentId, stored?.Position));
        Assert.Empty(stored!.AdditionalProperties);
        Assert.Equivalent(stored, Assert.Single(await session.GetFeedbacksAsync(Cancellation)));
    }

    [Fact]
    public async Task AddFeedbackAsync_FurtherFields_ComeBackInOrder()
    {
        var (session, _) = await StartAsync();
        var fields = Map(("user.id", "u-1"), ("score", 4.5), ("tags", new List<object?> { "a", null }), ("100%", Map(("$x", 1))));

        await session.AddFeedbackAsync(new Feedback { AdditionalProperties = fields }, Cancellation);

        var stored = Assert.Single(await session.GetFeedbacksAsync(Cancellation)).AdditionalProperties;
        Assert.Equal(fields.Keys, stored.Keys);
        Assert.Equivalent(fields, stored, strict: true);
    }

    [Fact]
    public async Task AddFeedbackAsync_OnAMessage_NamesIt()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);

        await session.AddFeedbackAsync(new Feedback { AgentId = "support", Position = 0 }, Cancellation);

        var stored = Assert.Single(await session.GetFeedbacksAsync(Cancellation));
        Assert.Equal(("support", 0), (stored.AgentId, stored.Position));
    }

    [Fact]
    public async Task AddFeedbackAsync_OnAMessageById_FindsTheLatestOfThatId()
    {
        var (session, agent) = await StartAsync();
        foreach (var id in (string[])["m1", "m2", "m1", "m3"])
        {
            await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, "Hi") { MessageId = id }, agent, Cancellation);
        }

        var stored = await session.AddFeedbackAsync(new Feedback { AgentId = "support", MessageId = "m1" }, Cancellation);

        Assert.Equal(("support", 2, "m1"), (stored?.AgentId, stored?.Position, stored?.MessageId));
        Assert.Equivalent(stored, Assert.Single(await session.GetFeedbacksAsync(Cancellation)));
    }

    [Fact]
    public async Task AddFeedbackAsync_OnAMessageByIdAndPosition_IsAboutTheOneThatHasBoth()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, "Hi") { MessageId = "m1" }, agent, Cancellation);
        await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, "Hi") { MessageId = "m1" }, agent, Cancellation);

        var stored = await session.AddFeedbackAsync(new Feedback { AgentId = "support", MessageId = "m1", Position = 0 }, Cancellation);
        await Assert.ThrowsAsync<MessageNotFoundException>(
            () => session.AddFeedbackAsync(new Feedback { AgentId = "support", MessageId = "m2", Position = 0 }, Cancellation));

        Assert.Equal(0, stored?.Position);
        Assert.Single(await session.GetFeedbacksAsync(Cancellation));
    }

    [Theory]
    [InlineData("support", "m2")]
    [InlineData("other", "m1")]
    [InlineData("support", "")]
    public async Task AddFeedbackAsync_OnAMessageIdThatDoesNotExist_ThrowsAndStoresNothing(string agentId, string messageId)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, "Hi") { MessageId = "m1" }, agent, Cancellation);
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);

        var exception = await Assert.ThrowsAsync<MessageNotFoundException>(
            () => session.AddFeedbackAsync(new Feedback { AgentId = agentId, MessageId = messageId }, Cancellation));

        Assert.Equal((SessionId, agentId, messageId, null), (exception.SessionId, exception.AgentId, exception.MessageId, exception.Position));
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Theory]
    [InlineData("support", 1)]
    [InlineData("other", 0)]
    [InlineData("support", -1)]
    public async Task AddFeedbackAsync_OnAMessageThatDoesNotExist_ThrowsAndStoresNothing(string agentId, int messageId)
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessageAsync(Assistant(), agent, Cancellation);

        var exception = await Assert.ThrowsAsync<MessageNotFoundException>(
            () => session.AddFeedbackAsync(new Feedback { AgentId = agentId, Position = messageId }, Cancellation));

        Assert.Equal((SessionId, agentId, messageId), (exception.SessionId, exception.AgentId, exception.Position));
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Theory]
    [InlineData("support", null)]
    [InlineData(null, 0)]
    public async Task AddFeedbackAsync_HalfOfAMessagesName_Throws(string? agentId, int? messageId)
    {
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(
            () => session.AddFeedbackAsync(new Feedback { AgentId = agentId, Position = messageId }, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(
            () => session.AddFeedbackAsync(new Feedback { AgentId = agentId, MessageId = messageId is null ? null : "m" }, Cancellation));

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$set")]
    [InlineData("a\0b")]
    [InlineData("rating")]
    [InlineData("comment")]
    [InlineData("agent_id")]
    [InlineData("message_id")]
    [InlineData("client_message_id")]
    [InlineData("created_at")]
    public async Task AddFeedbackAsync_FieldNameThatCannotBe_Throws(string name)
    {
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(
            () => session.AddFeedbackAsync(new Feedback { AdditionalProperties = Map((name, 1)) }, Cancellation));

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task AddFeedbackAsync_ValueOrRatingThatCannotBeStored_Throws()
    {
        var (session, _) = await StartAsync();

        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => session.AddFeedbackAsync(new Feedback { AdditionalProperties = Map(("callback", (Action)(() => { }))) }, Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => session.AddFeedbackAsync(new Feedback { Rating = (FeedbackRating)7 }, Cancellation));

        Assert.Contains("callback", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task AddFeedbackAsync_ManyAtOnce_LosesNone()
    {
        await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Open().AddFeedbackAsync(new Feedback { Comment = $"{i}" }, Cancellation))));

        var comments = (await Open().GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Comment);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}").Order(), comments.Order());
    }
}
