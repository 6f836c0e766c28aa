using Microsoft.Extensions.AI;
using SessionManager.Internal.Chat;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Shared;

/// <summary>
/// What becomes of the messages of a request: configuration, history, or neither.
/// </summary>
public sealed class IncomingMessagesTests : IAsyncDisposable
{
    private readonly ChatSessions _sessions = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChatOptions Options => ScriptedPipeline.For(ChatSessions.Id);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_LeadingSystemMessages_AreSentInFrontAndNeverStored(bool isStreaming)
    {
        var model = new ScriptedModel("Hi", "Fine");
        var client = _sessions.Build(model);
        var options = Options;
        options.Instructions = "You help.";
        await client.AskAsync(isStreaming, [new(ChatRole.System, "Be brief."), new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hello")], options, Cancellation);
        var first = await _sessions.GetConfigAsync();

        await client.AskAsync(isStreaming, [new(ChatRole.System, "Be long."), new(ChatRole.User, "How are you?")], Options, Cancellation);

        Assert.Equal(["system: Be brief.", "system: Be kind.", "user: Hello"], model.Requests[0].Lines);
        Assert.Equal("You help.", model.Requests[0].Options!.Instructions);
        Assert.Equal((ScriptedModel.ModelId, "You help.\nBe brief.\nBe kind."), first);
        Assert.Equal(["system: Be long.", "user: Hello", "assistant: Hi", "user: How are you?"], model.Requests[1].Lines);
        Assert.Equal((ScriptedModel.ModelId, "Be long."), await _sessions.GetConfigAsync());
        Assert.Equal(["user: Hello", "assistant: Hi", "user: How are you?", "assistant: Fine"], await _sessions.ShowAsync());
    }

    [Fact]
    public async Task Ask_WithoutSystemPrompt_LeavesTheStoredOne()
    {
        var client = _sessions.Build(new ScriptedModel("Hi", "Fine"));
        await client.AskAsync(isStreaming: false, [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")], Options, Cancellation);

        await client.AskAsync(isStreaming: false, "How are you?", Options, Cancellation);

        Assert.Equal((ScriptedModel.ModelId, "Be brief."), await _sessions.GetConfigAsync());
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Ask_SystemMessageAndTools_IsSentWithEachModelCall(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1))), "Done");
        var client = _sessions.Build(model, isInside);

        await client.AskAsync(
            isStreaming,
            [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello")],
            ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders")),
            Cancellation);

        Assert.Equal(["system: Be brief.", "user: Hello", "assistant: call orders", "tool: result orders 1"], model.Requests[1].Lines);
        Assert.Equal(["user: Hello", "assistant: call orders", "tool: result orders 1", "assistant: Done"], await _sessions.ShowAsync());
        Assert.Equal((ScriptedModel.ModelId, "Be brief."), await _sessions.GetConfigAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_MessagesThatTheHistoryEndsWith_AreNotRepeated(bool isStreaming)
    {
        ChatMessage[] messages = [new(ChatRole.User, "one") { MessageId = "m1" }, new(ChatRole.User, "two") { MessageId = "m2" }];
        var model = new ScriptedModel(new ScriptedAnswer { Failure = new TimeoutException() }, "Hi");
        var client = _sessions.Build(model);
        await Assert.ThrowsAsync<TimeoutException>(() => client.AskAsync(isStreaming, messages, Options, Cancellation));

        await client.AskAsync(isStreaming, [.. messages, new(ChatRole.User, "three") { MessageId = "m3" }], Options, Cancellation);

        Assert.Equal(["user: one", "user: two", "user: three"], model.Requests[1].Lines);
        Assert.Equal(["user: one", "user: two", "user: three", "assistant: Hi"], await _sessions.ShowAsync());
    }

    [Fact]
    public async Task Ask_LastMessageOfTheHistoryAlone_IsNotRepeated()
    {
        var model = new ScriptedModel(new ScriptedAnswer { Failure = new TimeoutException() }, "Hi");
        var client = _sessions.Build(model);
        await Assert.ThrowsAsync<TimeoutException>(() => client.AskAsync(
            isStreaming: false, [new(ChatRole.User, "one") { MessageId = "m1" }, new(ChatRole.User, "two") { MessageId = "m2" }], Options, Cancellation));

        await client.AskAsync(isStreaming: false, [new(ChatRole.User, "two") { MessageId = "m2" }], Options, Cancellation);

        Assert.Equal(["user: one", "user: two"], model.Requests[1].Lines);
    }

    [Theory]
    [InlineData("m1", "m2", 2)]
    [InlineData(null, "m2", 2)]
    [InlineData(null, null, 1)]
    [InlineData("m1", null, 1)]
    public async Task Ask_SameTextAgainWithoutAnAnswer_IsStoredAgainUnderAnotherIdOnly(string? firstId, string? secondId, int expected)
    {
        var model = new ScriptedModel(new ScriptedAnswer { Failure = new TimeoutException() }, "Hi");
        var client = _sessions.Build(model);
        await Assert.ThrowsAsync<TimeoutException>(() => client.AskAsync(isStreaming: false, [new(ChatRole.User, "one") { MessageId = firstId }], Options, Cancellation));

        await client.AskAsync(isStreaming: false, [new(ChatRole.User, "one") { MessageId = secondId }], Options, Cancellation);

        Assert.Equal(Enumerable.Repeat("user: one", expected), model.Requests[1].Lines);
    }

    [Fact]
    public async Task Ask_AnsweredMessageAgain_IsAnsweredAnew()
    {
        var model = new ScriptedModel("Hi", "Hi again", "Bye");
        var client = _sessions.Build(model);
        ChatMessage message = new(ChatRole.User, "one") { MessageId = "m1" };
        await client.AskAsync(isStreaming: false, [message], Options, Cancellation);

        await client.AskAsync(isStreaming: false, [message], Options, Cancellation);
        await client.AskAsync(isStreaming: false, "two", Options, Cancellation);

        Assert.Equal(["user: one", "assistant: Hi", "assistant: Hi again", "user: two", "assistant: Bye"], await _sessions.ShowAsync());
        Assert.Equal([["user: one"], ["user: one"], ["user: one", "assistant: Hi again", "user: two"]], model.Requests.Select(request => request.Lines));
    }

    [Fact]
    public async Task Ask_Attribution_IsNotStoredAndStaysOnTheCallersMessage()
    {
        var attribution = new object();
        ChatMessage alone = new(ChatRole.User, "one") { AdditionalProperties = new() { ["_attribution"] = attribution } };
        ChatMessage among = new(ChatRole.User, "two") { AuthorName = "a", AdditionalProperties = new() { ["_attribution"] = attribution, ["other"] = "kept" } };
        var model = new ScriptedModel("Hi");

        await _sessions.Build(model).AskAsync(isStreaming: false, [alone, among], Options, Cancellation);

        var stored = await _sessions.ListAsync();
        Assert.Null(stored[0].Message.AdditionalProperties);
        Assert.Equal(new Dictionary<string, object?> { ["other"] = "kept" }, stored[1].Message.AdditionalProperties);
        Assert.Equal("a", stored[1].Message.AuthorName);
        Assert.Same(attribution, alone.AdditionalProperties!["_attribution"]);
        Assert.Equal("kept", among.AdditionalProperties!["other"]);
        Assert.Equal(["user: one", "user: two"], model.Requests[0].Lines);
    }

    [Fact]
    public async Task Ask_Always_TellsTheCallersMessagesTheirIdAndPosition()
    {
        ChatMessage message = new(ChatRole.User, "one");

        await _sessions.Build(new ScriptedModel("Hi")).AskAsync(isStreaming: false, [message], Options, Cancellation);

        Assert.Equal((await _sessions.ListAsync())[0].Message.MessageId, message.MessageId);
        Assert.Equal((0, null, null), (message.AdditionalProperties!["position"], message.CreatedAt, message.AuthorName));
        Assert.Single(message.Contents);
    }

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();
}
