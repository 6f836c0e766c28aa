using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// What a model has been sent it is sent again to the byte, or its provider's cache of the prompt is lost: values are the same
/// text of JSON after they have been stored.
/// </summary>
public sealed class JsonTextTests
{
    public static TheoryData<string> Texts =>
    [
        "1.10", "1.0", "1E2", "1e+2", "-0.0", "-0", "0.0", "1e-7", "123456789012345678901234567890", "0.1", "0.5", "42",
        "9007199254740993", "18446744073709551615", "1e400", "1e99999999999", "3.141592653589793238462643383279502884197",
        """{"z":1.0,"a":[1.10,{"b":1E2}],"m":{"":-0.0}}""",
        """{"a":1.0,"a":2.0}""",
        """{"2":0,"1":0,"10":0,"A":0,"a":0,"%json":"1.0","$numberDecimal":"1.0","__proto__":null}""",
        """ { "spaced" : [ 1.0 , 2 ] } """,
        """{"\u00e9é":"\u00e9é\u003c<\/\"\\\u0022\u2028\ud83d\ude00😀","\n":"\u0000"}""",
        "[]", "[null,true,false,\"\",{},[[]]]",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Case21_Json_IsTheSameText(string json)
    {
        foreach (var value in (object?[])[JsonElement.Parse(json), JsonNode.Parse(json)])
        {
            var message = new ChatMessage(ChatRole.Assistant,
            [
                new FunctionCallContent("c", "f", Values(value)),
                new FunctionResultContent("c", value) { AdditionalProperties = new(Values(value)) },
                new McpServerToolCallContent("m", "f", "s") { Arguments = Values(value) },
                new TextContent("a") { AdditionalProperties = new(Values(value)), Annotations = [new() { AdditionalProperties = new(Values(value)) }] },
                new UsageContent { AdditionalProperties = new(Values(value)) },
            ])
            {
                AdditionalProperties = new(Values(value)),
            };
            var codec = new ChatMessageCodec();

            var again = codec.Decode(codec.Encode(message));

            Assert.Equal(ToTexts(message), ToTexts(again));
        }
    }

    private static Dictionary<string, object?> Values(object? value) => new()
    {
        ["value"] = value,
        ["map"] = new Dictionary<string, object?> { ["value"] = value },
        ["list"] = new List<object?> { value },
        ["object"] = new { Value = value },
    };

    private static IEnumerable<string> ToTexts(ChatMessage message)
    {
        yield return ToText(message.AdditionalProperties);
        foreach (var content in message.Contents)
        {
            yield return ToText(content.AdditionalProperties);
            yield return ToText(content.Annotations?[0].AdditionalProperties);
            yield return ToText((content as FunctionCallContent)?.Arguments);
            yield return ToText((content as McpServerToolCallContent)?.Arguments);
            yield return ToText((content as FunctionResultContent)?.Result);
        }
    }

    private static string ToText(object? value) => JsonSerializer.Serialize(value, AIJsonUtilities.DefaultOptions);
}
