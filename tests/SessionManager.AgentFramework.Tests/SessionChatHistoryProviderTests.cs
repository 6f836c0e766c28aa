using System.Text.Json;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace SessionManager.AgentFramework.Tests;

public sealed class SessionChatHistoryProviderTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool> Ways { get; } = new([false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_SystemMessagesInFront_AreSentFirstAndKeptAsSystemPrompt(bool isLed, bool isStreaming)
    {
        var model = new ScriptedModel("One", "Two");
        await using var host = AgentHost.Start(database, model, isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        ChatMessage[] configuration = [new(ChatRole.System, "Be brief."), new(ChatRole.System, "Be kind.")];

        await host.Agent.AskAsync(isStreaming, session, [.. configuration, new(ChatRole.User, "a")]);
        await host.Agent.AskAsync(isStreaming, session, [.. configuration, new(ChatRole.User, "b"), new(ChatRole.System, "Now!")]);

        Assert.Equal(
            ["system: Be brief.", "system: Be kind.", "user: a", "assistant: One", "user: b", "system: Now!"],
            model.Requests[1].Lines);
        Assert.Equal(["user: a", "assistant: One", "user: b", "system: Now!", "assistant: Two"], await host.ListAsync(_sessionId));
        var agent = Assert.Single(await host.Sessions.Create(_sessionId).ListAgentsAsync(Cancellation));
        Assert.Equal("You help.\nBe brief.\nBe kind.", agent.SystemPrompt);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_SystemMessagesWhereEachModelCallIsStored_AreSentWithEveryCall(bool isLed, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))), "On its way.");
        await using var host = AgentHost.Start(database, model, isLed, options =>
        {
            options.ChatOptions!.Tools = [ScriptedPipeline.Tool("get_order")];
            options.RequirePerServiceCallChatHistoryPersistence = true;
        });
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await host.Agent.AskAsync(isStreaming, session, new(ChatRole.System, "Be brief."), new(ChatRole.User, "Where is it?"));

        Assert.Equal(
            ["system: Be brief.", "user: Where is it?", "assistant: call get_order", "tool: result get_order 1"], model.Requests[1].Lines);
        var agent = Assert.Single(await host.Sessions.Create(_sessionId).ListAgentsAsync(Cancellation));
        Assert.Equal("You help.\nBe brief.", agent.SystemPrompt);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_RequestThatFailedRepeated_IsStoredOnce(bool isLed, bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer { Failure = new TimeoutException() }, "Hi");
        await using var host = AgentHost.Start(database, model, isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        ChatMessage[] request = [Message("one", "m-1"), Message("two", "m-2")];

        await Assert.ThrowsAsync<TimeoutException>(() => host.Agent.AskAsync(isStreaming, session, request));
        await host.Agent.AskAsync(isStreaming, session, [.. request, Message("three", "m-3")]);

        Assert.Equal(["user: one", "user: two", "user: three"], model.Requests[1].Lines);
        Assert.Equal(["user: one", "user: two", "user: three", "assistant: Hi"], await host.ListAsync(_sessionId));
    }

    [Theory]
    [InlineData("m-1", "m-2", 2)]
    [InlineData(null, null, 1)]
    [InlineData("m-1", null, 1)]
    public async Task RunAsync_SameTextAgainWithoutAnAnswer_IsStoredAgainUnderAnotherIdOnly(string? firstId, string? secondId, int expected)
    {
        var model = new ScriptedModel(new ScriptedAnswer { Failure = new TimeoutException() }, "Hi");
        await using var host = AgentHost.Start(database, model);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        await Assert.ThrowsAsync<TimeoutException>(() => host.Agent.AskAsync(isStreaming: false, session, Message("one", firstId)));
        await host.Agent.AskAsync(isStreaming: false, session, Message("one", secondId));

        Assert.Equal([.. Enumerable.Repeat("user: one", expected), "assistant: Hi"], await host.ListAsync(_sessionId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_MessagesOfContextProviders_AreSentAndNotStored(bool isLed, bool isPerModelCall)
    {
        var model = new ScriptedModel("One", "Two");
        await using var host = AgentHost.Start(database, model, isLed, options =>
        {
            options.AIContextProviders = [new WeatherProvider()];
            options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall;
        });

        await host.Agent.AskAsync(isStreaming: false, _sessionId, "a");
        await host.Agent.AskAsync(isStreaming: false, _sessionId, "b");

        Assert.Equal(["user: a", "assistant: One", "user: b", "user: It rains."], model.Requests[1].Lines);
        Assert.Equal(["user: a", "assistant: One", "user: b", "assistant: Two"], await host.ListAsync(_sessionId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_MessagesOfTheCallerAndTheModel_AreNotChanged(bool isLed, bool isStreaming)
    {
        var answered = new AdditionalPropertiesDictionary { ["score"] = 1 };
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("Hi")) { AdditionalProperties = answered });
        await using var host = AgentHost.Start(database, model, isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        var marked = new ChatMessage(ChatRole.User, "a").WithAgentRequestMessageSource(AgentRequestMessageSourceType.External, "here");
        var both = new ChatMessage(ChatRole.User, "b") { AdditionalProperties = new() { ["k"] = "v" } }
            .WithAgentRequestMessageSource(AgentRequestMessageSourceType.External, "here");

        await host.Agent.AskAsync(isStreaming, session, marked, both);

        Assert.Equal("here", marked.GetAgentRequestMessageSourceId());
        Assert.Equal("here", both.GetAgentRequestMessageSourceId());
        Assert.Equal(["score"], answered.Keys);
        var stored = await host.Sessions.Create(_sessionId).ListMessagesAsync(AgentHost.AgentName, cancellationToken: Cancellation);
        Assert.Null(stored[0].Message.AdditionalProperties);
        Assert.Equal(["k"], stored[1].Message.AdditionalProperties!.Keys);
        // Those of an update are the message's where the update says which message it is of.
        Assert.Equal(isStreaming && !isLed ? null : ["score"], stored[2].Message.AdditionalProperties?.Keys);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_HistoryOfAnotherAgentPassedOn_IsNotStored(bool isLed, bool isStreaming)
    {
        await using var host = AgentHost.Start(database, new ScriptedModel("Hi"), isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        var old = new ChatMessage(ChatRole.User, "old").WithAgentRequestMessageSource(AgentRequestMessageSourceType.ChatHistory, "elsewhere");

        await host.Agent.AskAsync(isStreaming, session, old, new ChatMessage(ChatRole.User, "new"));

        Assert.Equal(["user: new", "assistant: Hi"], await host.ListAsync(_sessionId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_AgentSessionWithoutId_ContinuesWhenItIsRestored(bool isLed, bool isStreaming)
    {
        JsonElement serialized;
        await using (var host = AgentHost.Start(database, new ScriptedModel("One"), isLed))
        {
            var session = await host.Agent.CreateSessionAsync(Cancellation);
            Assert.Null(session.GetSessionId());
            await host.Agent.AskAsync(isStreaming, session, "a");
            serialized = await host.Agent.SerializeSessionAsync(session, cancellationToken: Cancellation);
        }

        var model = new ScriptedModel("Two");
        await using var next = AgentHost.Start(database, model, isLed);
        var restored = await next.Agent.DeserializeSessionAsync(JsonElement.Parse(serialized.GetRawText()), cancellationToken: Cancellation);
        await next.Agent.AskAsync(isStreaming, restored, "b");

        Assert.Equal(["user: a", "assistant: One", "user: b"], model.Requests[0].Lines);
        Assert.Equal(4, (await next.ListAsync(restored.GetSessionId()!)).Count);
    }

    [Fact]
    public async Task SetSessionId_BetweenRuns_ContinuesTheOtherSession()
    {
        await using var host = AgentHost.Start(database, new ScriptedModel("One", "Two"));
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);
        var other = DatabaseFixture.NewSessionId();

        await host.Agent.AskAsync(isStreaming: false, session, "a");
        session.SetSessionId(other);
        await host.Agent.AskAsync(isStreaming: false, session, "b");

        Assert.Equal(["user: a", "assistant: One"], await host.ListAsync(_sessionId));
        Assert.Equal(["user: b", "assistant: Two"], await host.ListAsync(other));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_AgentWithoutName_SaysWhatToDo(bool isLed, bool isStreaming)
    {
        var model = new ScriptedModel("Hi");
        await using var host = AgentHost.Start(database, model, isLed, options => options.Name = null);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Agent.AskAsync(isStreaming, _sessionId, "Hello"));

        Assert.Contains("Name = \"support\"", error.Message, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
        Assert.False(await host.Sessions.Create(_sessionId).SessionExistsAsync(Cancellation));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_AgentIdInTheOptions_GoesBeforeTheName(bool isLed, bool isStreaming)
    {
        await using var host = AgentHost.Start(database, new ScriptedModel("Hi"), isLed, configureOptions: options => options.AgentId = "v1.5");

        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello");

        Assert.Equal("v1.5", Assert.Single(await host.Sessions.Create(_sessionId).ListAgentsAsync(Cancellation)).AgentId);
        Assert.Equal(2, (await host.ListAsync(_sessionId, "v1.5")).Count);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_TwoAgentsInOneSession_KeepHistoriesOfTheirOwn(bool isLed, bool isStreaming)
    {
        var (first, second) = (new ScriptedModel("From support"), new ScriptedModel("From billing"));
        await using var host = AgentHost.Start(database, first, isLed);
        await using var other = AgentHost.Start(database, second, isLed, options => options.Name = "billing");

        await host.Agent.AskAsync(isStreaming, _sessionId, "a");
        await other.Agent.AskAsync(isStreaming, _sessionId, "b");

        Assert.Equal(["user: b"], second.Requests[0].Lines);
        Assert.Equal(["user: a", "assistant: From support"], await host.ListAsync(_sessionId));
        Assert.Equal(["user: b", "assistant: From billing"], await host.ListAsync(_sessionId, "billing"));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_WithoutAgentSession_KeepsTheRunAsASessionOfItsOwn(bool isLed, bool isStreaming)
    {
        var name = $"agent-{_sessionId}";
        await using var host = AgentHost.Start(database, new ScriptedModel("Hi"), isLed, options => options.Name = name);

        var response = isStreaming
            ? await host.Agent.RunStreamingAsync("Hello", cancellationToken: Cancellation).ToAgentResponseAsync(Cancellation)
            : await host.Agent.RunAsync("Hello", cancellationToken: Cancellation);

        Assert.Equal("Hi", response.Text);
        Assert.Equal(2, await database.Messages.CountDocumentsAsync(new MongoDB.Bson.BsonDocument("agent_id", name), cancellationToken: Cancellation));
    }

    [Fact]
    public async Task RunAsync_SessionIdThatIsNone_ThrowsBeforeTheModelIsCalled()
    {
        var model = new ScriptedModel("Hi");
        await using var host = AgentHost.Start(database, model);

        await Assert.ThrowsAsync<ArgumentException>(() => host.Agent.AskAsync(isStreaming: false, new string('x', 300), "Hello"));

        Assert.Empty(model.Requests);
    }

    [Fact]
    public void Arguments_Missing_Throw()
    {
        Assert.Throws<ArgumentNullException>("sessions", () => new SessionChatHistoryProvider(null!));
        Assert.Throws<ArgumentNullException>("sessions", () => new SessionMetadataContextProvider(null!));
        Assert.Throws<ArgumentNullException>("innerAgent", () => new SessionAIAgent(null!));
        Assert.Throws<ArgumentNullException>("agent", () => SessionAIAgentExtensions.WithSessionManager(null!));
        Assert.Throws<ArgumentNullException>("agentSession", () => AgentSessionIdExtensions.GetSessionId(null!));
        Assert.Throws<ArgumentNullException>("agentSession", () => AgentSessionIdExtensions.SetSessionId(null!, "a"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public async Task SessionId_Blank_Throws(string? sessionId)
    {
        await using var host = AgentHost.Start(database, new ScriptedModel());
        var session = await host.Agent.CreateSessionAsync(Cancellation);

        Assert.ThrowsAny<ArgumentException>(() => session.SetSessionId(sessionId!));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => host.Agent.OpenSessionAsync(sessionId!, Cancellation).AsTask());
    }

    private static ChatMessage Message(string text, string? id) => new(ChatRole.User, text) { MessageId = id };

    private static UsageDetails Usage(long input) => new() { InputTokenCount = input };

    private sealed class WeatherProvider : AIContextProvider
    {
        protected override ValueTask<AIContext> ProvideAIContextAsync(InvokingContext context, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new AIContext { Messages = [new ChatMessage(ChatRole.User, "It rains.")] });
    }
}
