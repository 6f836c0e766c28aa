using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MongoDB.Driver;

namespace ChatApi.Tests;

public sealed class ApiTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenApi_Document_ListsTheThreeOperationsWithSummaries()
    {
        await using var api = new ChatApiHost(database);

        var document = await api.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json", Cancellation);

        var operations =
            from path in document!["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            let summary = operation.Value!["summary"]!.GetValue<string>()
            let statuses = operation.Value["responses"]!.AsObject().Select(response => response.Key).Order()
            select $"{operation.Key} {path.Key}: {summary} {string.Join(' ', statuses)}";
        Assert.Equal(
            [
                "get /sessions/{sessionId}/messages: Gets a page of the history, the newest one by default. 200 400 401 404 503",
                "post /sessions/{sessionId}/feedback: Adds feedback on the session, or on one message of it. 201 400 401 404 503",
                "post /sessions/{sessionId}/messages: Sends a message and streams the answer. 200 400 401 503",
            ],
            operations.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Health_DatabaseGoesAndComesBack_Is200Then503Then200()
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        var port = new MongoUrl(proxy.ConnectionString).Server.Port;
        await using var api = new ChatApiHost(database, proxy);

        var before = await GetHealthAsync(api);
        await proxy.DisposeAsync();
        var away = await GetHealthAsync(api);
        await using var back = TcpProxy.Start(database.ConnectionString, port);
        var after = await GetHealthAsync(api);

        Assert.Equal((HttpStatusCode.OK, "Healthy"), before);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), away);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), after);
    }

    [Theory]
    [InlineData("POST", "messages", """{ "text": "Hello" }""")]
    [InlineData("GET", "messages", "")]
    [InlineData("POST", "feedback", """{ "rating": "up" }""")]
    public async Task AnyCall_DatabaseAway_Is503ThatTellsNothing(string method, string path, string body)
    {
        var proxy = TcpProxy.Start(database.ConnectionString);
        await using var api = new ChatApiHost(database, proxy);
        await proxy.DisposeAsync();

        var problem = method == "GET"
            ? await Problems.GetAsync(api, $"/sessions/s1/{path}", HttpStatusCode.ServiceUnavailable)
            : await Problems.PostAsync(api, $"/sessions/s1/{path}", body, HttpStatusCode.ServiceUnavailable);

        Assert.Equal(["status", "title", "traceId", "type"], problem.AsObject().Select(property => property.Key).Order());
        Assert.Equal("Service Unavailable", problem["title"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("%20")]
    [InlineData("%09")]
    [InlineData("LONG")]
    public async Task AnyCall_BadSessionId_Is400(string sessionId)
    {
        await using var api = new ChatApiHost(database);
        var id = sessionId == "LONG" ? new string('a', 256) : sessionId;

        await Problems.GetAsync(api, $"/sessions/{id}/messages", HttpStatusCode.BadRequest);
        await Problems.PostAsync(api, $"/sessions/{id}/messages", """{ "text": "Hello" }""", HttpStatusCode.BadRequest);
        var problem = await Problems.PostAsync(api, $"/sessions/{id}/feedback", """{ "rating": "up" }""", HttpStatusCode.BadRequest);

        Assert.Contains("sessionId", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetHealthAsync(ChatApiHost api)
    {
        using var response = await api.Client.GetAsync("/health", Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
