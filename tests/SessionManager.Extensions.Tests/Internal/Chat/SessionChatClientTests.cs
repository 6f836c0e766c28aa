using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

public sealed class SessionChatClientTests : IAsyncDisposable
{
    private readonly ChatSessions _sessions = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool> Orders { get; } = new([false, true], [false, true]);

    private static ChatOptions Options => ScriptedPipeline.For(ChatSessions.Id);

    [Fact]
    public async Task GetResponseAsync_NoConversationId_PassesTheSameInstances()
    {
        var model = new ScriptedModel("Hi", "Hi");
        var client = _sessions.Build(model);
        List<ChatMessage> messages = [new(ChatRole.User, "Hello")];
        var options = new ChatOptions();

        await client.GetResponseAsync(messages, options, Cancellation);
        var response = await client.GetResponseAsync(messages, options: null, Cancellation);

        Assert.Null(response.ConversationId);
        Assert.All(model.Requests, request => Assert.Same(messages, request.Given));
        Assert.Same(options, model.Requests[0].Options);
        Assert.Null(model.Requests[1].Options);
        Assert.Empty(_sessions.Factory.Calls);
    }

    [Fact]
    public async Task GetStreamingResponseAsync_NoConversationId_PassesTheSameInstances()
    {
        var model = new ScriptedModel("Hi");
        List<ChatMessage> messages = [new(ChatRole.User, "Hello")];
        var options = new ChatOptions();

        var update = await _sessions.Build(model).GetStreamingResponseAsync(messages, options, Cancellation).SingleAsync(Cancellation);

        Assert.Null(update.ConversationId);
        Assert.Same(messages, model.Requests[0].Given);
        Assert.Same(options, model.Requests[0].Options);
        Assert.Empty(_sessions.Factory.Calls);
    }

    [Fact]
    public async Task GetResponseAsync_NullMessages_Throws()
    {
        var client = _sessions.Build(new ScriptedModel());

        await Assert.ThrowsAsync<ArgumentNullException>("messages", () => client.GetResponseAsync((IEnumerable<ChatMessage>)null!, Options, Cancellation));
        Assert.Throws<ArgumentNullException>("messages", () => client.GetStreamingResponseAsync((IEnumerable<ChatMessage>)null!, Options, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Ask_FirstMessageWasRefused_StoresTheNext(bool isStreaming, bool isInside)
    {
        var model = new ScriptedModel("Hi");
        var client = _sessions.Build(model, isInside, session => session.Window = new HistoryWindow { MaxMessages = 6 });

        ChatMessage unstorable = new(ChatRole.User, "Hello") { AdditionalProperties = new() { ["callback"] = new Action(() => { }) } };

        await Assert.ThrowsAnyAsync<ArgumentException>(() => client.AskAsync(isStreaming, [unstorable], Options, Cancellation));
        await client.AskAsync(isStreaming, "Hello", Options, Cancellation);

        Assert.Equal(["Hello", "Hi"], (await _sessions.ListAsync()).Select(message => message.Message.Text));
        Assert.Equal(["Hello"], Assert.Single(model.Requests).Given.Select(message => message.Text));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task Ask_DeveloperMessageFirst_IsConfiguration(bool isStreaming, bool isInside)
    {
        var model = new ScriptedModel("Hi", "Fine");
        var client = _sessions.Build(model, isInside);
        ChatMessage developer = new(new ChatRole("developer"), "Be brief.");

        await client.AskAsync(isStreaming, [developer, new(ChatRole.User, "Hello")], Options, Cancellation);
        await client.AskAsync(isStreaming, [developer, new(ChatRole.User, "And you?")], Options, Cancellation);

        Assert.Equal(["Hello", "Hi", "And you?", "Fine"], (await _sessions.ListAsync()).Select(message => message.Message.Text));
        Assert.Equal(["Be brief.", "Hello", "Hi", "And you?"], model.Requests[1].Given.Select(message => message.Text));
        await using var session = _sessions.Factory.Create(ChatSessions.Id);
        Assert.Equal("Be brief.", (await session.GetAgentConfigAsync(ScriptedPipeline.AgentId, Cancellation))?.SystemPrompt);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(" ", true)]
    [InlineData("a\0b", false)]
    [InlineData("\t\n", true)]
    public async Task Ask_BadSessionId_ThrowsAndDoesNotCallTheModel(string sessionId, bool isStreaming)
    {
        var model = new ScriptedModel("Hi");

        await Assert.ThrowsAnyAsync<ArgumentException>(() => _sessions.Build(model).AskAsync(isStreaming, "Hello", ScriptedPipeline.For(sessionId), Cancellation));

        Assert.Empty(model.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_SecondRun_SendsTheHistoryAndLeavesTheOptionsAlone(bool isStreaming)
    {
        var model = new ScriptedModel("Hi", "Fine");
        var client = _sessions.Build(model);
        var options = Options;
        options.Temperature = 0.5f;

        await client.AskAsync(isStreaming, "Hello", options, Cancellation);
        await client.AskAsync(isStreaming, "How are you?", options, Cancellation);

        Assert.Equal(["user: Hello", "assistant: Hi", "user: How are you?"], model.Requests[1].Lines);
        Assert.Equal((null, 0.5f), (model.Requests[1].Options!.ConversationId, model.Requests[1].Options!.Temperature));
        Assert.Equal(ChatSessions.Id, options.ConversationId);
        Assert.Equal(["user: Hello", "assistant: Hi", "user: How are you?", "assistant: Fine"], await _sessions.ShowAsync());
        Assert.Equal(2, _sessions.Factory.Count("DisposeAsync"));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_Always_YieldsEachUpdateAtOnce()
    {
        var answer = new ScriptedAnswer(new TextContent("first"), new TextContent("second")) { Waits = true };
        var updates = _sessions.Build(new ScriptedModel(answer)).GetStreamingResponseAsync("Hello", Options, Cancellation).GetAsyncEnumerator(Cancellation);

        await updates.MoveNextAsync();
        var first = updates.Current.Text;
        await updates.MoveNextAsync();
        var second = updates.Current.Text;

        // The model has not ended yet.
        Assert.Equal(("first", "second"), (first, second));
        Assert.Equal(["user: Hello"], await _sessions.ShowAsync());
        answer.Release();

        // The last one comes when the answer is stored, and says where.
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(["user: Hello", "assistant: firstsecond"], await _sessions.ShowAsync());
        Assert.Equal(1, updates.Current.AdditionalProperties!["position"]);
        Assert.False(await updates.MoveNextAsync());
        await updates.DisposeAsync();
    }

    [Fact]
    public async Task GetStreamingResponseAsync_ConsumerChangesUpdates_StoresWhatTheModelSaid()
    {
        var client = _sessions.Build(new ScriptedModel(new ScriptedAnswer(new TextContent("a"), new TextContent("b"))));

        await foreach (var update in client.GetStreamingResponseAsync("Hello", Options, Cancellation))
        {
            update.Contents.Clear();
            update.Contents = [new TextContent("changed")];
            update.ConversationId = "changed";
        }

        Assert.Equal(["user: Hello", "assistant: ab"], await _sessions.ShowAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_WithoutMessages_ContinuesFromTheHistory(bool isStreaming)
    {
        var model = new ScriptedModel("Hi", "And more");
        var client = _sessions.Build(model);
        await client.AskAsync(isStreaming, "Hello", Options, Cancellation);

        await client.AskAsync(isStreaming, [], Options, Cancellation);

        Assert.Equal(["user: Hello", "assistant: Hi"], model.Requests[1].Lines);
        Assert.Equal(["user: Hello", "assistant: Hi", "assistant: And more"], await _sessions.ShowAsync());
    }

    [Fact]
    public async Task Ask_MessagesThatCanBeEnumeratedOnce_EnumeratesOnce()
    {
        var model = new ScriptedModel("Hi");
        var count = 0;
        IEnumerable<ChatMessage> Messages()
        {
            count++;
            yield return new ChatMessage(ChatRole.User, "Hello");
        }

        await _sessions.Build(model).AskAsync(isStreaming: false, Messages(), Options, Cancellation);

        Assert.Equal(1, count);
    }

    [Fact]
    public async Task Ask_SeveralMessages_StoresThemInOneCall()
    {
        var model = new ScriptedModel("Hi");

        await _sessions.Build(model).AskAsync(isStreaming: false, [new(ChatRole.User, "one"), new(ChatRole.System, "between"), new(ChatRole.User, "two")], Options, Cancellation);

        Assert.Equal(["user: one", "system: between", "user: two", "assistant: Hi"], await _sessions.ShowAsync());
        Assert.Equal(["Create", "StartRunAsync", "AppendAnswerAsync", "AppendAnswerAsync", "DisposeAsync"], _sessions.Factory.Calls);
    }

    [Fact]
    public async Task Ask_Window_SendsNoMoreThanThat()
    {
        var model = new ScriptedModel(request => $"answer {request.Number}");
        var client = _sessions.Build(model, options => options.Window = new HistoryWindow { MaxMessages = 4, MessagesAfterTrim = 3 });

        for (var i = 1; i <= 5; i++)
        {
            await client.AskAsync(isStreaming: false, $"question {i}", Options, Cancellation);
        }

        Assert.Equal(10, (await _sessions.ListAsync()).Count);
        Assert.All(model.Requests, request => Assert.InRange(request.Messages.Count, 1, 4));
        Assert.Equal(["user: question 4", "assistant: answer 4", "user: question 5"], model.Requests[4].Lines);
    }

    [Fact]
    public async Task Ask_Settings_SelectTheCollection()
    {
        var model = new ScriptedModel("Hi", "Hi");
        await _sessions.Build(model).AskAsync(isStreaming: false, "Hello", Options, Cancellation);

        await _sessions.Build(model, options => options.ManagerOptions = new() { CollectionName = "others" }).AskAsync(isStreaming: false, "Hello", Options, Cancellation);

        Assert.Equal(["user: Hello"], model.Requests[1].Lines);
        Assert.Equal(2, (await _sessions.ListAsync()).Count);
    }

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();
}
