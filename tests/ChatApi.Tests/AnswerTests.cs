using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChatApi.Tests;

public sealed class AnswerTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_AQuestion_StreamsTheAnswerWordByWordAndTellsWhatItWasStoredAs()
    {
        await using var api = new ChatApiHost(database);

        using var response = await api.SendAsync(_sessionId, "Where is my order 4711?");
        var events = await ChatApiHost.ReadEventsAsync(response).ToListAsync(Cancellation);

        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(18, events.Count(e => e.Type == "text"));
        Assert.Equal("Order 4711 (a desk lamp, a light bulb) is packed and goes to 12 Old Street. Anything else?", GetText(events));
        Assert.Equal("done", events[^1].Type);
        var stored = (await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).ListMessagesAsync("support", cancellationToken: Cancellation))[^1];
        Assert.Equal($$"""{"messageId":"{{stored.Message.MessageId}}","position":3,"inputTokens":49,"outputTokens":35}""", events[^1].Data.ToJsonString());
    }

    [Fact]
    public async Task Post_AQuestion_StoresEveryMessageOfTheTurnAndTheSession()
    {
        await using var api = new ChatApiHost(database);

        await api.AskAsync(_sessionId, "Where is my order 4711?");

        var messages = await database.FindMessagesAsync(ChatApiHost.ToKey(_sessionId));
        Assert.Equal(["user", "assistant", "user", "assistant"], messages.Select(message => message["message"]["role"].AsString));
        var session = await database.FindSessionAsync(ChatApiHost.ToKey(_sessionId));
        Assert.Equal(("ChatApi", "web"), (session["application_name"].AsString, session["metadata"]["channel"].AsString));
    }

    [Fact]
    public async Task Post_TheSameMessageAgain_IsStoredOnceAndAnsweredAnew()
    {
        await using var api = new ChatApiHost(database);
        object message = new { text = "Where is my order 4711?", messageId = "m1" };
        using var first = await api.Client.PostAsJsonAsync($"/sessions/{_sessionId}/messages", message, Cancellation);
        await ChatApiHost.ReadEventsAsync(first).ToListAsync(Cancellation);

        using var second = await api.Client.PostAsJsonAsync($"/sessions/{_sessionId}/messages", message, Cancellation);
        await ChatApiHost.ReadEventsAsync(second).ToListAsync(Cancellation);

        var messages = await database.FindMessagesAsync(ChatApiHost.ToKey(_sessionId));
        Assert.Single(messages, stored => stored["message"].ToString()!.Contains("Where is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_ToASecondInstance_GoesOnWithTheSessionOfTheFirst()
    {
        await using (var first = new ChatApiHost(database))
        {
            await first.AskAsync(_sessionId, "Where is my order 4711?");
        }

        await using var second = new ChatApiHost(database);
        var events = await second.AskAsync(_sessionId, "Do you remember me?");

        Assert.Equal("Of course. You have told me 1 things: \"Where is my order 4711?\".", GetText(events));
        Assert.Equal(5, events[^1].Data["position"]?.GetValue<int>());
    }

    [Fact]
    public async Task Post_OtherSession_KnowsNothingOfIt()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Where is my order 4711?");

        var events = await api.AskAsync(DatabaseFixture.NewSessionId(), "Do you remember me?");

        Assert.Equal("This is the first that I hear from you.", GetText(events));
    }

    [Fact]
    public async Task Post_ClientGoesAway_LeavesWhatHadArrivedMarkedAsInterrupted()
    {
        await using var api = new ChatApiHost(database, wordDelay: TimeSpan.FromDays(1));

        using (var response = await api.SendAsync(_sessionId, "Hello"))
        {
            var (_, data) = await ChatApiHost.ReadEventsAsync(response).FirstAsync(Cancellation);
            Assert.Equal("Hello,", data["text"]?.GetValue<string>());
        }

        await api.AnswerEnded.WaitAsync(Cancellation);
        var messages = (await api.GetHistoryAsync(_sessionId))["messages"]!.AsArray();
        Assert.Equal(["Hello", "Hello,"], messages.Select(message => message!["text"]!.GetValue<string>()));
        Assert.Equal([false, true], messages.Select(message => message!["interrupted"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Post_AnotherAnswerIsOnItsWay_WaitsForItOrIs409AsConfigured()
    {
        await using var waiting = new ChatApiHost(database, wordDelay: TimeSpan.FromMilliseconds(500));
        await using var refusing = new ChatApiHost(database, busyWait: TimeSpan.Zero);
        using var first = await waiting.SendAsync(_sessionId, "Hello");

        await Problems.PostAsync(refusing, $"/sessions/{_sessionId}/messages", """{ "text": "Hello?" }""", HttpStatusCode.Conflict);
        var second = waiting.AskAsync(_sessionId, "Again");
        var answer = await ChatApiHost.ReadEventsAsync(first).ToListAsync(Cancellation);

        Assert.Equal("done", answer[^1].Type);
        Assert.Equal(answer[^1].Data["position"]!.GetValue<int>() + 2, (await second)[^1].Data["position"]!.GetValue<int>());
    }

    [Fact]
    public async Task Post_DatabaseGoesBeforeTheModelIsAsked_Is503()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        await using var api = new ChatApiHost(database, proxy);
        var isAgentLoaded = proxy.HoldAnswerTo("support");

        var answering = Problems.PostAsync(api, $"/sessions/{_sessionId}/messages", """{ "text": "Hello" }""", HttpStatusCode.ServiceUnavailable);
        Assert.Same(isAgentLoaded, await Task.WhenAny(isAgentLoaded, answering));
        await proxy.DisposeAsync();

        Assert.Null((await answering)["detail"]);
    }

    [Fact]
    public async Task Post_DatabaseGoesBeforeTheAnswerIsStored_EndsWithAnErrorThatTellsNothing()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        await using var api = new ChatApiHost(database, proxy);
        var isStored = proxy.HoldAnswerTo("how can I help?");

        using var response = await api.SendAsync(_sessionId, "Hello");
        var events = new List<(string Type, JsonNode Data)>();
        await foreach (var item in ChatApiHost.ReadEventsAsync(response))
        {
            events.Add(item);
            if (events.Count == 5)
            {
                Assert.Same(isStored, await Task.WhenAny(isStored, api.AnswerEnded));
                await proxy.DisposeAsync();
            }
        }

        Assert.Equal("Hello, how can I help?", GetText(events));
        Assert.Equal(("error", """{"error":"The answer has broken off."}"""), (events[^1].Type, events[^1].Data.ToJsonString()));
    }

    [Theory]
    [InlineData("""{ "text": "" }""")]
    [InlineData("""{ "text": null }""")]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("LONG")]
    public async Task Post_NoProperText_Is400AndCreatesNothing(string body)
    {
        await using var api = new ChatApiHost(database);
        var json = body == "LONG" ? $$"""{ "text": "{{new string('a', 10_001)}}" }""" : body;

        await Problems.PostAsync(api, $"/sessions/{_sessionId}/messages", json, HttpStatusCode.BadRequest);

        await Problems.GetAsync(api, $"/sessions/{_sessionId}/messages", HttpStatusCode.NotFound);
    }

    private static string GetText(IEnumerable<(string Type, JsonNode Data)> events) =>
        string.Concat(events.Where(e => e.Type == "text").Select(e => e.Data["text"]!.GetValue<string>()));
}
