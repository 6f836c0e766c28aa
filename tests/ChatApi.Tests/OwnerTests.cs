using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChatApi.Tests;

public sealed class OwnerTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnyCall_SessionOfAnotherUser_IsAnsweredAsIfThereWereNone()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "My name is Ada.");
        using var bob = api.SignIn("bob");

        foreach (var id in (string[])[_sessionId, DatabaseFixture.NewSessionId(), $"~~{ChatApiHost.UserName}~{_sessionId}"])
        {
            using var history = await bob.GetAsync($"/sessions/{id}/messages", Cancellation);
            using var feedback = await bob.PostAsJsonAsync($"/sessions/{id}/feedback", new { rating = "down" }, Cancellation);
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (history.StatusCode, feedback.StatusCode));
            Assert.Equal($"Session {id} not found.", (await history.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["detail"]!.GetValue<string>());
        }

        using var answer = await bob.PostAsJsonAsync($"/sessions/{_sessionId}/messages", new { text = "Do you remember me?" }, Cancellation);
        answer.EnsureSuccessStatusCode();
        Assert.DoesNotContain("Ada", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(2, (await bob.GetFromJsonAsync<JsonNode>($"/sessions/{_sessionId}/messages", Cancellation))!["messages"]!.AsArray().Count);
        var own = (await api.GetHistoryAsync(_sessionId))["messages"]!.AsArray();
        Assert.Equal(2, own.Count);
        Assert.Equal("My name is Ada.", own[0]!["text"]!.GetValue<string>());
        Assert.Empty(await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).GetFeedbacksAsync(Cancellation));
    }

    [Theory]
    [InlineData("POST", "messages", """{ "text": "Hello" }""")]
    [InlineData("GET", "messages", "")]
    [InlineData("POST", "feedback", """{ "rating": "up" }""")]
    public async Task AnyCall_NobodySignedIn_Is401(string method, string path, string body)
    {
        await using var api = new ChatApiHost(database);
        using var nobody = api.CreateClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/sessions/{_sessionId}/{path}")
        {
            Content = method == "GET" ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };

        using var response = await nobody.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
