using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// Feedback on a session or on one of its messages.
/// </summary>
public abstract class FeedbackTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task GetFeedbacksAsync_SessionWithoutAgentsIsDeletedAndBegunAnew_HasNoneOfBefore()
    {
        var session = Open();
        await session.AddFeedbackAsync(new Feedback { Comment = "before" }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Comment = "before", UserId = "u" }, Cancellation);
        await session.DeleteSessionAsync(Cancellation);

        await session.CreateSessionAsync(Cancellation);

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        Assert.Empty((await session.ListFeedbacksAsync(new FeedbackQuery(), Cancellation)).Feedbacks);
        await session.AddFeedbackAsync(new Feedback { Comment = "after", UserId = "u" }, Cancellation);
        Assert.Equal(["after"], (await session.GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Comment));
    }

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

    [Fact]
    public async Task AddFeedbackAsync_OfAUserTwice_TakesThePlaceOfTheEarlierOne()
    {
        var (session, _) = await StartAsync();
        var first = await session.AddFeedbackAsync(new Feedback { UserId = "u-1", Rating = FeedbackRating.Up, Comment = "good", AdditionalProperties = Map(("page", "a")) }, Cancellation);
        Wait();
        await session.AddFeedbackAsync(new Feedback { UserId = "u-2", Rating = FeedbackRating.Up }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Comment = "nobody's" }, Cancellation);
        Wait();

        var second = await session.AddFeedbackAsync(new Feedback { UserId = "u-1", Rating = FeedbackRating.Down }, Cancellation);

        Assert.Equal((first!.Id, first.CreatedAt, Now()), (second!.Id, second.CreatedAt, second.UpdatedAt!.Value));
        Assert.Equal(first.CreatedAt, first.UpdatedAt);
        Assert.Equal((FeedbackRating.Down, null, 0), (second.Rating, second.Comment, second.AdditionalProperties.Count));
        var all = await session.GetFeedbacksAsync(Cancellation);
        Assert.Equal(3, all.Count);
        Assert.Equivalent(second, all[0]);
    }

    [Fact]
    public async Task AddFeedbackAsync_OfAUserOnEachMessageAndTheSession_AreOneEach()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([Assistant(), Assistant()], agent, Cancellation);
        (string User, int? Position)[] targets =
            [("u", null), ("u", 0), ("u", 1), ("u/support", null), ("u%2Fsupport", null), ("u/support/0000000000/0000000001", null), ("~u", null), ("U", 0)];

        foreach (var rating in (FeedbackRating[])[FeedbackRating.Up, FeedbackRating.Down])
        {
            foreach (var (user, position) in targets)
            {
                await session.AddFeedbackAsync(new Feedback { UserId = user, Rating = rating, AgentId = position is null ? null : "support", Position = position }, Cancellation);
            }
        }

        var all = await session.GetFeedbacksAsync(Cancellation);
        Assert.Equal(targets.Order(), all.Select(feedback => (feedback.UserId!, feedback.Position)).Order());
        Assert.All(all, feedback => Assert.Equal(FeedbackRating.Down, feedback.Rating));
        Assert.Equal(targets.Length, all.Select(feedback => feedback.Id).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task AddFeedbackAsync_OfAUserManyAtOnce_StaysOne()
    {
        await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => Open().AddFeedbackAsync(new Feedback { UserId = "u", Comment = $"{i}" }, Cancellation))));

        Assert.Equal("u", Assert.Single(await Open().GetFeedbacksAsync(Cancellation)).UserId);
    }

    [Fact]
    public async Task AddFeedbackAsync_FurtherFieldsNamedAsWhatIsStoredBeside_ComeBack()
    {
        var (session, _) = await StartAsync();
        var fields = Map(("user_id", "a"), ("user", "b"), ("id", "c"), ("updated_at", "d"));

        var stored = await session.AddFeedbackAsync(new Feedback { AdditionalProperties = fields }, Cancellation);

        Assert.Null(stored!.UserId);
        Assert.Equivalent(fields, stored.AdditionalProperties, strict: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task AddFeedbackAsync_UserThatCannotBe_Throws(string userId)
    {
        var (session, _) = await StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => session.AddFeedbackAsync(new Feedback { UserId = userId }, Cancellation));

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task DeleteFeedbackAsync_OneOfThree_LeavesTheOthersAndDatesTheSession()
    {
        var (session, _) = await StartAsync();
        foreach (var user in (string?[])[null, "u", null])
        {
            await session.AddFeedbackAsync(new Feedback { UserId = user, Comment = user ?? "-" }, Cancellation);
            Wait();
        }

        var all = await session.GetFeedbacksAsync(Cancellation);

        Assert.True(await session.DeleteFeedbackAsync(all[1].Id!, Cancellation));

        Assert.Equal([all[0].Id, all[2].Id], (await session.GetFeedbacksAsync(Cancellation)).Select(feedback => feedback.Id));
        Assert.Equal(Now(), (await GetInfoAsync()).UpdatedAt);
        Wait();
        Assert.False(await session.DeleteFeedbackAsync(all[1].Id!, Cancellation));
        Assert.NotEqual(Now(), (await GetInfoAsync()).UpdatedAt);
        Assert.Equal("u", (await session.AddFeedbackAsync(new Feedback { UserId = "u" }, Cancellation))!.UserId);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("../other")]
    [InlineData("~u")]
    public async Task DeleteFeedbackAsync_OneThatIsNotThere_IsFalse(string feedbackId)
    {
        var (session, _) = await StartAsync();
        await session.AddFeedbackAsync(new Feedback(), Cancellation);

        Assert.False(await session.DeleteFeedbackAsync(feedbackId, Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => session.DeleteFeedbackAsync("", Cancellation));

        Assert.Single(await session.GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task ListFeedbacksAsync_PageByPage_GivesEachOnceInOrderWhateverIsRemovedOrAdded()
    {
        var (session, _) = await StartAsync();
        for (var i = 0; i < 7; i++)
        {
            // Several of one time, too.
            await session.AddFeedbackAsync(new Feedback { Comment = $"{i}" }, Cancellation);
            if (i % 3 == 2)
            {
                Wait();
            }
        }

        var first = await session.ListFeedbacksAsync(new FeedbackQuery { Limit = 3 }, Cancellation);
        await session.DeleteFeedbackAsync(first.Feedbacks[2].Id!, Cancellation);
        Wait();
        await session.AddFeedbackAsync(new Feedback { Comment = "7" }, Cancellation);
        var second = await session.ListFeedbacksAsync(new FeedbackQuery { Limit = 3, After = first.Next }, Cancellation);
        var third = await session.ListFeedbacksAsync(new FeedbackQuery { Limit = 2, After = second.Next }, Cancellation);

        Assert.Equal(["012", "345", "67"], ((FeedbackPage[])[first, second, third]).Select(page => string.Concat(page.Feedbacks.Select(feedback => feedback.Comment))));
        Assert.Null(third.Next);
    }

    [Fact]
    public async Task ListFeedbacksAsync_WithConditions_GivesThoseThatMeetAll()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([Assistant(), Assistant()], agent, Cancellation);
        (string? User, int? Position)[] all = [(null, null), ("u", null), ("u", 0), ("v", 0), ("u", 1)];
        foreach (var (user, position) in all)
        {
            await session.AddFeedbackAsync(new Feedback { UserId = user, AgentId = position is null ? null : "support", Position = position }, Cancellation);
            Wait();
        }

        Assert.Equal(all, await ListAsync(new FeedbackQuery()));
        Assert.Equal(all[2..], await ListAsync(new FeedbackQuery { AgentId = "support" }));
        Assert.Equal(all[2..4], await ListAsync(new FeedbackQuery { AgentId = "support", Position = 0 }));
        Assert.Equal([all[1], all[2], all[4]], await ListAsync(new FeedbackQuery { UserId = "u" }));
        Assert.Equal([all[2]], await ListAsync(new FeedbackQuery { AgentId = "support", Position = 0, UserId = "u" }));
        Assert.Empty(await ListAsync(new FeedbackQuery { AgentId = "other" }));

        async Task<IEnumerable<(string?, int?)>> ListAsync(FeedbackQuery query) =>
            (await session.ListFeedbacksAsync(query, Cancellation)).Feedbacks.Select(feedback => (feedback.UserId, feedback.Position));
    }

    [Fact]
    public async Task ListFeedbacksAsync_QueryThatCannotBe_Throws()
    {
        var (session, _) = await StartAsync();
        FeedbackQuery[] queries =
            [new() { Limit = 0 }, new() { Limit = 1001 }, new() { Position = 0 }, new() { AgentId = "support", Position = -1 }, new() { AgentId = "" }, new() { UserId = "" }, new() { After = "?" }];

        foreach (var query in queries)
        {
            await Assert.ThrowsAnyAsync<ArgumentException>(() => session.ListFeedbacksAsync(query, Cancellation));
        }
    }

    [Fact]
    public async Task Feedback_OfADeletedSession_IsNotThatOfTheNextOneOfTheSameId()
    {
        var (session, _) = await StartAsync();
        var stored = await session.AddFeedbackAsync(new Feedback { UserId = "u", Comment = "old" }, Cancellation);
        var other = await session.AddFeedbackAsync(new Feedback(), Cancellation);

        await session.DeleteSessionAsync(Cancellation);

        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        Assert.Empty((await session.ListFeedbacksAsync(new FeedbackQuery(), Cancellation)).Feedbacks);
        Assert.False(await session.DeleteFeedbackAsync(other!.Id!, Cancellation));

        await session.CreateSessionAsync(Cancellation);
        Assert.Empty(await session.GetFeedbacksAsync(Cancellation));
        Wait();
        var again = await session.AddFeedbackAsync(new Feedback { UserId = "u", Comment = "new" }, Cancellation);
        Assert.NotEqual(stored!.CreatedAt, again!.CreatedAt);
        Assert.Equal("new", Assert.Single(await session.GetFeedbacksAsync(Cancellation)).Comment);
    }

    [Fact]
    public async Task Feedback_OfSessionsWhoseIdsBeginAlike_StaysApart()
    {
        await StartAsync();
        string[] ids = [SessionId, $"{SessionId}/", $"{SessionId}/~", $"{SessionId}0", $"{SessionId}%2F"];
        foreach (var id in ids)
        {
            await Storage.CreateSessionAsync(id, null, null, true, Cancellation);
            await Storage.AddFeedbackAsync(id, new Feedback { UserId = "u", Comment = id }, cancellationToken: Cancellation);
        }

        await Storage.DeleteSessionAsync(ids[1], Cancellation);

        foreach (var id in ids.Where(id => id != ids[1]))
        {
            Assert.Equal(id, Assert.Single((await Storage.ListFeedbacksAsync(id, new FeedbackQuery(), Cancellation)).Feedbacks).Comment);
        }
    }
}
