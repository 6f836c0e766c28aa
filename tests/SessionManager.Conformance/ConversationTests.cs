using Microsoft.Extensions.AI;

namespace SessionManager.Conformance;

/// <summary>
/// What several clients, or one that comes again, do to stored messages: claims of requests, and replaced messages.
/// </summary>
public abstract class ConversationTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task TryClaimRequestAsync_ManyAtOnce_SucceedsOnce()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User(), Assistant()], agent, Cancellation);

        var branch = await BranchAsync();

        var claims = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Storage.TryClaimRequestAsync(SessionId, branch, 1, "request", Cancellation)));

        Assert.Single(claims, claimed => claimed);
        Assert.True(await Storage.TryClaimRequestAsync(SessionId, await BranchAsync(), 1, "another", Cancellation));
        Assert.True(await Storage.TryClaimRequestAsync(SessionId, await BranchAsync(), 0, "request", Cancellation));
    }

    [Fact]
    public async Task TryClaimRequestAsync_NoSuchMessage_IsFalse()
    {
        await StartAsync();

        Assert.False(await Storage.TryClaimRequestAsync(SessionId, await BranchAsync(), 0, "request", Cancellation));
        Assert.False(await Storage.TryClaimRequestAsync(SessionId, new AgentBranch("nobody", 0), 0, "request", Cancellation));
        Assert.False(await Storage.TryClaimRequestAsync(NewSessionId(), new AgentBranch("support", 0), 0, "request", Cancellation));
    }

    [Fact]
    public async Task TryReplaceLastMessageAsync_LastMessage_IsTheNewOneFromThenOn()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User("one"), User("two")], agent, Cancellation);
        Wait();

        Assert.True(await Storage.TryReplaceLastMessageAsync(SessionId, await BranchAsync(), 1, User("three"), Cancellation));

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["one", "three"], stored.Select(message => message.Message.Text));
        Assert.Equal(Now(), stored[1].UpdatedAt);
        Assert.True(stored[1].CreatedAt < stored[1].UpdatedAt);
    }

    [Fact]
    public async Task TryReplaceDamagedMessageAsync_NothingDamaged_ChangesNothing()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User("one"), Assistant("two")], agent, Cancellation);

        Assert.False(await session.TryReplaceDamagedMessageAsync("support", 0, Cancellation));
        Assert.False(await session.TryReplaceDamagedMessageAsync("support", 2, Cancellation));
        Assert.False(await session.TryReplaceDamagedMessageAsync("nobody", 0, Cancellation));
        Assert.False(await Storage.TryReplaceDamagedMessageAsync(NewSessionId(), new AgentBranch("support", 0), 0, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("position", () => session.TryReplaceDamagedMessageAsync("support", -1, Cancellation));

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["one", "two"], stored.Select(message => message.Message.Text));
    }

    [Fact]
    public async Task TryReplaceLastMessageAsync_AnotherOneBehindIt_ChangesNothing()
    {
        var (session, agent) = await StartAsync();
        await session.AppendMessagesAsync([User("one"), Assistant("two")], agent, Cancellation);

        Assert.False(await Storage.TryReplaceLastMessageAsync(SessionId, await BranchAsync(), 0, User("three"), Cancellation));
        Assert.False(await Storage.TryReplaceLastMessageAsync(SessionId, await BranchAsync(), 2, User("three"), Cancellation));

        var stored = await session.ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(["one", "two"], stored.Select(message => message.Message.Text));
    }

    [Fact]
    public async Task ListMessageIdentitiesAsync_BeforeAPosition_TellsTheMessagesApart()
    {
        var (session, agent) = await StartAsync();
        ChatMessage[] messages =
        [
            new(ChatRole.User, "one") { MessageId = "m1" },
            new(ChatRole.Assistant, [new TextContent("two"), new FunctionCallContent("call-1", "tool")]),
            new(ChatRole.Tool, [new FunctionResultContent("call-1", "a long result")]),
            new(ChatRole.User, "four"),
        ];
        await session.AppendMessagesAsync(messages, agent, Cancellation);

        var identities = await Storage.ListMessageIdentitiesAsync(SessionId, await BranchAsync(), 3, Cancellation);

        Assert.Equal([0, 1, 2], identities.Select(message => message.Position));
        Assert.Equal(messages.Take(3).Select(message => (message.MessageId, message.Role, message.Text)), identities.Select(message => (message.Message.MessageId, message.Message.Role, message.Message.Text)));
        Assert.Equal("call-1", Assert.IsType<FunctionCallContent>(identities[1].Message.Contents[1]).CallId);
        Assert.Equal("call-1", Assert.IsType<FunctionResultContent>(Assert.Single(identities[2].Message.Contents)).CallId);
    }
}
