using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SessionManager;

namespace ChatApi.Tests;

public sealed class FeedbackTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_OnTheAnswerThatJustCame_Is201AndStored(bool isById)
    {
        await using var api = new ChatApiHost(database);
        var done = (await api.AskAsync(_sessionId, "Hello"))[^1].Data;
        var id = done["messageId"]!.GetValue<string>();
        object request = isById
            ? new { rating = "up", comment = "Quick!", messageId = id }
            : new { rating = "up", comment = "Quick!", position = done["position"]!.GetValue<int>() };

        using var response = await api.Client.PostAsJsonAsync($"/sessions/{_sessionId}/feedback", request, Cancellation);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var feedback = Assert.Single(await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).GetFeedbacksAsync(Cancellation));
        Assert.Equal(
            (FeedbackRating.Up, "Quick!", "support", isById ? id : null, 1),
            (feedback.Rating, feedback.Comment, feedback.AgentId, feedback.MessageId, feedback.Position));
        var receipt = await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation);
        Assert.Equal(feedback.CreatedAt, receipt!["createdAt"]!.GetValue<DateTimeOffset>());
    }

    [Fact]
    public async Task Post_AnotherOpinionOfTheSameUser_TakesThePlaceOfTheFirst()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Hello");

        foreach (var request in (object[])[new { rating = "down", position = 1 }, new { rating = "up", position = 1 }, new { rating = "up" }])
        {
            using var response = await api.Client.PostAsJsonAsync($"/sessions/{_sessionId}/feedback", request, Cancellation);
            response.EnsureSuccessStatusCode();
        }

        var feedbacks = await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).GetFeedbacksAsync(Cancellation);
        Assert.Equal(
            [(FeedbackRating.Up, 1), (FeedbackRating.Up, null)],
            feedbacks.Select(feedback => ((FeedbackRating?, int?))(feedback.Rating, feedback.Position)).OrderBy(feedback => feedback.Item2 is null));
    }

    [Fact]
    public async Task Post_OnTheSession_IsStoredWithoutAMessage()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Hello");

        using var response = await api.Client.PostAsJsonAsync($"/sessions/{_sessionId}/feedback", new { comment = "Thanks" }, Cancellation);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var feedback = Assert.Single(await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).GetFeedbacksAsync(Cancellation));
        Assert.Equal((null, "Thanks", null, null), (feedback.Rating, feedback.Comment, feedback.AgentId, feedback.Position));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "comment": "  " }""")]
    [InlineData("""{ "rating": "good" }""")]
    [InlineData("""{ "rating": 0 }""")]
    [InlineData("""{ "rating": "up", "position": -1 }""")]
    [InlineData("not JSON")]
    [InlineData("LONG")]
    public async Task Post_NoProperFeedback_Is400AndStoresNothing(string body)
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Hello");
        var json = body == "LONG" ? $$"""{ "comment": "{{new string('a', 2_001)}}" }""" : body;

        await Problems.PostAsync(api, $"/sessions/{_sessionId}/feedback", json, HttpStatusCode.BadRequest);

        Assert.Empty(await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task Post_NothingInIt_IsRefusedWithTheReason()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Hello");

        var problem = await Problems.PostAsync(api, $"/sessions/{_sessionId}/feedback", "{}", HttpStatusCode.BadRequest);

        Assert.Contains("There must be a rating or a comment.", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_UnknownSession_Is404()
    {
        await using var api = new ChatApiHost(database);

        await Problems.PostAsync(api, $"/sessions/{_sessionId}/feedback", """{ "rating": "up" }""", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Post_UnknownMessage_Is404AndStoresNothing()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "Hello");

        await Problems.PostAsync(api, $"/sessions/{_sessionId}/feedback", """{ "rating": "up", "position": 2 }""", HttpStatusCode.NotFound);

        Assert.Empty(await database.Factory.ForOwner(ChatApiHost.User).Create(_sessionId).GetFeedbacksAsync(Cancellation));
    }

    [Fact]
    public async Task Hooks_OfMetadataAndFeedback_SeeEveryOperationAndLogNoContent()
    {
        await using var api = new ChatApiHost(database);
        await api.AskAsync(_sessionId, "canary question");

        using var response = await api.Client.PostAsJsonAsync($"/sessions/{_sessionId}/feedback", new { comment = "canary comment" }, Cancellation);
        await Problems.PostAsync(api, $"/sessions/{_sessionId}/feedback", "{}", HttpStatusCode.BadRequest);

        var records = api.Logs.GetSnapshot();
        var audit = records.Where(record => record.Category == "SessionManager" && record.Id.Id is >= 60 and <= 63).Select(record => record.Message);
        Assert.Collection(
            audit,
            message => Assert.StartsWith($"Metadata Create in session {_sessionId} done", message, StringComparison.Ordinal),
            message => Assert.StartsWith($"Feedback Add in session {_sessionId} done", message, StringComparison.Ordinal),
            message => Assert.StartsWith($"Feedback Add in session {_sessionId} failed with SessionValidationException", message, StringComparison.Ordinal));
        Assert.DoesNotContain(records, record => $"{record.Message} {record.Exception}".Contains("canary", StringComparison.Ordinal));
    }
}
