using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using SessionManager;

namespace ChatApi.Tests;

public sealed class HistoryTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_AfterATurnWithATool_GivesRolesTextsCallsResultsAndTimes()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Where is my order 4711?");

        var page = await api.GetHistoryAsync(_sessionId);

        var messages = page["messages"]!.AsArray();
        Assert.Equal([0, 1, 2, 3], GetPositions(page));
        Assert.Equal(["user", "assistant", "tool", "assistant"], messages.Select(message => message!["role"]!.GetValue<string>()));
        Assert.Equal("Where is my order 4711?", messages[0]!["text"]!.GetValue<string>());
        Assert.Equal("""[{"callId":"call-1","name":"get_order","arguments":{"number":4711}}]""", messages[1]!["toolCalls"]!.ToJsonString());
        Assert.Equal("call-1", messages[2]!["toolResults"]![0]!["callId"]!.GetValue<string>());
        Assert.StartsWith("Order 4711", messages[2]!["toolResults"]![0]!["result"]!.GetValue<string>(), StringComparison.Ordinal);
        var stored = await database.FindMessagesAsync(ChatApiHost.ToKey(_sessionId));
        Assert.Equal(
            stored.Select(message => new DateTimeOffset(message["created_at"].ToUniversalTime())),
            messages.Select(message => message!["createdAt"]!.GetValue<DateTimeOffset>()));
        Assert.All(messages, message => Assert.Equal((false, false), (message!["redacted"]!.GetValue<bool>(), message["interrupted"]!.GetValue<bool>())));
    }

    [Fact]
    public async Task Get_PageByPage_GivesTheNewestFirstAndEveryMessageOnce()
    {
        await using var api = new ChatApiHost(database);
        await AppendAsync(count: 7);

        var newest = await api.GetHistoryAsync(_sessionId, "?limit=3");
        var older = await api.GetHistoryAsync(_sessionId, $"?limit=3&before={newest["before"]}");
        var oldest = await api.GetHistoryAsync(_sessionId, $"?limit=3&before={older["before"]}");

        Assert.Equal([4, 5, 6], GetPositions(newest));
        Assert.Equal([1, 2, 3], GetPositions(older));
        Assert.Equal([0], GetPositions(oldest));
        Assert.Null(oldest["before"]);
    }

    [Fact]
    public async Task Get_NoLimit_GivesTheNewest50()
    {
        await using var api = new ChatApiHost(database);
        await AppendAsync(count: 51);

        var page = await api.GetHistoryAsync(_sessionId);

        Assert.Equal(Enumerable.Range(1, 50), GetPositions(page));
        Assert.Equal(1, page["before"]!.GetValue<int>());
    }

    [Fact]
    public async Task Get_RedactedMessage_IsShownRedacted()
    {
        await using var api = new ChatApiHost(database);
        await using var session = database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId);
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "my password is canary"), agent, Cancellation);
        await session.RedactLatestMessageAsync(new ChatMessage(ChatRole.User, "[removed]"), agent, cancellationToken: Cancellation);

        var page = await api.GetHistoryAsync(_sessionId);

        var message = Assert.Single(page["messages"]!.AsArray());
        Assert.Equal(("[removed]", true), (message!["text"]!.GetValue<string>(), message["redacted"]!.GetValue<bool>()));
        Assert.DoesNotContain("canary", page.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_SessionWithoutMessages_IsAnEmptyPage()
    {
        await using var api = new ChatApiHost(database);
        await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).CreateSessionAsync(Cancellation);

        Assert.Equal("""{"messages":[]}""", (await api.GetHistoryAsync(_sessionId)).ToJsonString());
    }

    [Fact]
    public async Task Get_UnknownSession_Is404()
    {
        await using var api = new ChatApiHost(database);

        var problem = await Problems.GetAsync(api, $"/sessions/{_sessionId}/messages", HttpStatusCode.NotFound);

        Assert.Equal($"Session {_sessionId} not found.", problem["detail"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=201")]
    [InlineData("?limit=many")]
    [InlineData("?before=-1")]
    [InlineData("?before=2147483648")]
    public async Task Get_BadRange_Is400(string query)
    {
        await using var api = new ChatApiHost(database);

        await Problems.GetAsync(api, $"/sessions/{_sessionId}/messages{query}", HttpStatusCode.BadRequest);
    }

    private async Task AppendAsync(int count)
    {
        await using var session = database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId);
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([.. Enumerable.Range(0, count).Select(i => new ChatMessage(ChatRole.User, $"{i}"))], agent, Cancellation);
    }

    private static IEnumerable<int> GetPositions(JsonNode page) => page["messages"]!.AsArray().Select(message => message!["position"]!.GetValue<int>());
}
