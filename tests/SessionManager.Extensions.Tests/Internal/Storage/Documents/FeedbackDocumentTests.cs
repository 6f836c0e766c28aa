using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

public sealed class FeedbackDocumentTests
{
    [Fact]
    public void ToBson_NothingGiven_HasNullRatingAndComment() => Assert.Equal(
        """{ "rating" : null, "comment" : null }""",
        FeedbackDocument.ToBson(new Feedback()).ToJson());

    [Fact]
    public void ToBson_EverythingGiven_IsInThisOrder()
    {
        var feedback = new Feedback
        {
            Rating = FeedbackRating.Up,
            Comment = "good",
            AgentId = "support",
            Position = 3,
            AdditionalProperties = new Dictionary<string, object?> { ["user.id"] = "u-1", ["score"] = 4.5 },
            CreatedAt = DateTimeOffset.UnixEpoch,
        };

        var document = FeedbackDocument.ToBson(feedback);

        Assert.Equal(
            """{ "rating" : "up", "comment" : "good", "agent_id" : "support", "message_id" : 3, "user%2Eid" : "u-1", "score" : 4.5 }""",
            document.ToJson());
        Assert.Equivalent(feedback with { Branch = 0, CreatedAt = null }, FeedbackDocument.Read(document), strict: true);
    }

    [Fact]
    public void ToBson_Down_IsDown() => Assert.Equal("down", FeedbackDocument.ToBson(new Feedback { Rating = FeedbackRating.Down })["rating"]);

    [Fact]
    public void ToBson_HalfASurrogatePairInTheComment_IsReplaced() =>
        Assert.Equal("cut \ufffd", FeedbackDocument.ToBson(new Feedback { Comment = "cut \ud83d" })["comment"]);

    [Fact]
    public void Read_FieldsOfAnotherKind_AreAdditionalProperties()
    {
        // The reference stores whatever it is given as rating.
        var read = FeedbackDocument.Read(BsonDocument.Parse(
            """{"rating": 5, "comment": ["a"], "agent_id": 7, "message_id": "x", "created_at": "yesterday", "50%": 1}"""));

        Assert.Equal((null, null, null, null, null), (read.Rating, read.Comment, read.AgentId, read.Position, read.CreatedAt));
        Assert.Equal(["rating", "comment", "agent_id", "message_id", "created_at", "50%"], read.AdditionalProperties.Keys);
        Assert.Equal(5, read.AdditionalProperties["rating"]);
    }

    [Theory]
    [InlineData("UP")]
    [InlineData("neutral")]
    [InlineData("")]
    public void Read_RatingOfAnotherWord_IsAnAdditionalProperty(string rating)
    {
        var read = FeedbackDocument.Read(new BsonDocument("rating", rating));

        Assert.Null(read.Rating);
        Assert.Equal(rating, read.AdditionalProperties["rating"]);
    }

    [Theory]
    [InlineData("""{"message_id": {"$numberLong": "3"}}""")]
    [InlineData("""{"message_id": 3.0}""")]
    public void Read_MessageIdOfAnotherNumericType_IsRead(string json) => Assert.Equal(3, FeedbackDocument.Read(BsonDocument.Parse(json)).Position);
}
