using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Contents;

public sealed class CustomContentTests
{
    private const string Stored =
        """
        { "role": "user", "content": [], "metadata": { "custom": { "contents": [
          { "index": 0, "type": "weather", "value": { "city": "Oslo", "days": { "$numberInt": "3" }, "additionalProperties": { "k": "v" } } }
        ] } } }
        """;

    private static readonly WeatherContent Weather = new() { City = "Oslo", Days = 3, AdditionalProperties = new() { ["k"] = "v" } };

    [Fact]
    public void Encode_RegisteredType_IsItsJsonUnderItsDiscriminator()
    {
        var codec = Knowing<WeatherContent>("weather");

        using var document = codec.Encode(new ChatMessage(ChatRole.User, [Weather]));

        StoredMessage.Equal(Stored, document);
        var content = Assert.IsType<WeatherContent>(codec.Decode(document).Contents[0]);
        Assert.Equal(("Oslo", 3), (content.City, content.Days));
        Assert.Equal("v", content.AdditionalProperties!["k"]!.ToString());
    }

    [Fact]
    public void Decode_TypeNoLongerRegistered_IsKept()
    {
        var codec = new ChatMessageCodec();

        var message = codec.Decode(StoredMessage.Parse(Stored));

        var unknown = UnknownContent.Get(message.Contents[0])!;
        Assert.Equal("weather", unknown.TypeName);
        Assert.Equal("Oslo", unknown.Value.GetProperty("city").GetString());
        StoredMessage.Equal(Stored, codec.Encode(message));
    }

    [Fact]
    public void Decode_RegisteredTypeWhoseJsonNoLongerFits_IsKept()
    {
        var codec = Knowing<WeatherContent>("weather");
        const string Json =
            """{ "role": "user", "content": [], "metadata": { "custom": { "contents": [{ "index": 0, "type": "weather", "value": { "city": [1] } }] } } }""";

        StoredMessage.Equal(Json, codec.Encode(codec.Decode(StoredMessage.Parse(Json))));
    }

    [Fact]
    public void Encode_UnregisteredType_IsKeptUnderItsFullName()
    {
        var codec = new ChatMessageCodec();

        using var first = codec.Encode(new ChatMessage(ChatRole.User, [new TextContent("a"), Weather]));
        var decoded = codec.Decode(first);
        using var second = codec.Encode(decoded);

        var unknown = UnknownContent.Get(decoded.Contents[1])!;
        Assert.Equal(typeof(WeatherContent).FullName, unknown.TypeName);
        Assert.Equal("""{"city":"Oslo","days":3,"additionalProperties":{"k":"v"}}""", unknown.Value.GetRawText());
        Assert.Equal(first.ToBson(), second.ToBson());
    }

    [Fact]
    public void Encode_SubclassOfFunctionCall_KeepsItsOwnProperties()
    {
        var codec = Knowing<RankedCall>("rankedCall");

        var decoded = codec.Decode(codec.Encode(new ChatMessage(ChatRole.Assistant, [new RankedCall("c", "n") { Rank = 7 }])));

        Assert.Equal(7, Assert.IsType<RankedCall>(decoded.Contents[0]).Rank);
    }

    [Fact]
    public void Encode_UnregisteredAnnotation_IsKept()
    {
        var codec = new ChatMessageCodec();
        var text = new TextContent("a")
        {
            Annotations = [new ScoreAnnotation { Score = 5 }, new CitationAnnotation { AnnotatedRegions = [new BoxRegion { Left = 1 }] }],
        };

        using var first = codec.Encode(new ChatMessage(ChatRole.User, [text]));
        using var second = codec.Encode(codec.Decode(first));

        Assert.Equal(5, first["metadata"]["custom"]["contents"][0]["annotations"][0]["value"]["score"].AsInt32);
        Assert.Equal(first.ToBson(), second.ToBson());
    }

    private static ChatMessageCodec Knowing<T>(string discriminator)
        where T : AIContent
    {
        var options = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions);
        options.AddAIContentType<T>(discriminator);
        return new ChatMessageCodec(options);
    }

    private sealed class WeatherContent : AIContent
    {
        public string? City { get; set; }

        public int Days { get; set; }
    }

    private sealed class RankedCall(string callId, string name) : FunctionCallContent(callId, name)
    {
        public int Rank { get; set; }
    }

    private sealed class ScoreAnnotation : AIAnnotation
    {
        public int Score { get; set; }
    }

    private sealed class BoxRegion : AnnotatedRegion
    {
        public int Left { get; set; }
    }
}
