using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents;

public sealed class UnstorableMessageTests
{
    private readonly ChatMessageCodec _codec = new();

    [Fact]
    public void Encode_Delegate_NamesPlaceAndType()
        => Throws(
            "The value at contents[1].arguments['x'] is of type System.Action, which cannot be stored as JSON. (Parameter 'message')",
            new TextContent("a"),
            new FunctionCallContent("c", "n", new Dictionary<string, object?> { ["ok"] = 1, ["x"] = new Action(() => { }) }));

    [Fact]
    public void Encode_DelegateDeepInside_NamesEveryLevel()
        => Throws(
            "The value at contents[0].outputs[1].additionalProperties['a'][0]['b'] is of type System.Action, which cannot be stored as JSON. (Parameter 'message')",
            new McpServerToolResultContent("c")
            {
                Outputs =
                [
                    new TextContent("a"),
                    new TextContent("b")
                    {
                        AdditionalProperties = new()
                        {
                            ["a"] = new List<object?> { new Dictionary<string, object?> { ["b"] = new Action(() => { }) } },
                        },
                    },
                ],
            });

    [Fact]
    public void Encode_ResultWithoutJson_NamesIt()
        => Throws(
            "The value at contents[0].result is of type System.Action, which cannot be stored as JSON. (Parameter 'message')",
            new FunctionResultContent("c", new Action(() => { })));

    [Fact]
    public void Encode_NullContent_NamesItsIndex()
        => Throws("The value at contents[1] is null. (Parameter 'message')", new TextContent("a"), null!);

    [Fact]
    public void Encode_NullInsideContent_NamesIt()
        => Throws("The value at contents[0].outputs[0] is null. (Parameter 'message')", new WebSearchToolResultContent("c") { Outputs = [null!] });

    [Fact]
    public void Encode_CyclicMap_Throws()
    {
        var map = new Dictionary<string, object?>();
        map["self"] = map;

        var error = Throws(new FunctionCallContent("c", "n", map));

        Assert.StartsWith("The value at contents[0].arguments['self']", error.Message, StringComparison.Ordinal);
        Assert.IsType<JsonException>(error.InnerException);
    }

    [Fact]
    public void Encode_CyclicObject_Throws()
    {
        var node = new Node();
        node.Next = node;

        Assert.IsType<JsonException>(Throws(new FunctionResultContent("c", node)).InnerException);
    }

    [Fact]
    public void Encode_ObjectWhosePropertyThrows_KeepsTheReason()
        => Assert.IsType<TimeoutException>(Throws(new FunctionResultContent("c", new Faulty())).InnerException);

    [Fact]
    public void Encode_ValueOf20000Levels_IsRefusedAtOnceByItsPlace()
    {
        const int Levels = 20_000;
        var deep = JsonElement.Parse(new string('[', Levels) + new string(']', Levels), new JsonDocumentOptions { MaxDepth = Levels });
        var values = new Dictionary<string, object?> { ["x"] = deep };

        foreach (var (place, message) in (IEnumerable<(string, ChatMessage)>)
        [
            ("contents[0].arguments['x']", new(ChatRole.Assistant, [new FunctionCallContent("c", "n", values)])),
            ("contents[0].result", new(ChatRole.Tool, [new FunctionResultContent("c", deep)])),
            ("contents[0].result['x']", new(ChatRole.Tool, [new FunctionResultContent("c", values)])),
            ("contents[0].additionalProperties['x']", new(ChatRole.User, [new TextContent("a") { AdditionalProperties = new(values) }])),
            ("additionalProperties['x']", new(ChatRole.User, "a") { AdditionalProperties = new(values) }),
        ])
        {
            var watch = Stopwatch.StartNew();

            var exception = Assert.ThrowsAny<ArgumentException>(() => _codec.Encode(message));

            Assert.Equal($"The value at {place} is nested more than 64 levels deep, or contains itself. (Parameter 'message')", exception.Message);
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Encode_ContentInsideItself_Throws()
    {
        var content = new CodeInterpreterToolResultContent("c") { Outputs = [] };
        content.Outputs.Add(content);

        Assert.Contains("nested too deeply", Throws(content).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ResultThatIsItself_Throws()
    {
        var content = new FunctionResultContent("c", null);
        content.Result = new List<AIContent> { content };

        Assert.Contains("nested too deeply", Throws(content).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_JsonElementWithoutValue_Throws()
        => Throws(
            "The value at additionalProperties['x'] is a JsonElement without a value. (Parameter 'message')",
            new ChatMessage(ChatRole.User, []) { AdditionalProperties = new() { ["x"] = default(JsonElement) } });

    [Fact]
    public void Encode_AfterAFailure_Works()
    {
        Throws(new TextContent("a"), null!);

        StoredMessage.Equal("""{ "role": "user", "content": [{ "text": "a" }] }""", new ChatMessage(ChatRole.User, "a"), _codec);
    }

    private ArgumentException Throws(params AIContent[] contents) => Throws(new ChatMessage(ChatRole.User, contents));

    private ArgumentException Throws(ChatMessage message)
        => Assert.ThrowsAny<ArgumentException>(() => _codec.Encode(message));

    private void Throws(string expected, params AIContent[] contents) => Assert.Equal(expected, Throws(contents).Message);

    private void Throws(string expected, ChatMessage message) => Assert.Equal(expected, Throws(message).Message);

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    private sealed class Faulty
    {
        private readonly Exception _error = new TimeoutException();

        public string Value => throw _error;
    }
}
