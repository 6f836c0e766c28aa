using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Tools;

public sealed class MetadataToolTests
{
    private const string Ab = "{'a':1,'b':'x'}";

    [Fact]
    public void Tool_Always_HasThePythonDeclaration()
    {
        var tool = new MetadataTool(new MetadataSession(Ab), null);

        Assert.Equal("manage_metadata", tool.Name);
        Assert.Equal("Manage session metadata with get, set/update, or delete operations.", tool.Description);
        Assert.Equal(
            """{"type":"object","properties":{"action":{"type":"string"},"metadata":{"type":"object"},"keys":{"type":"array"}},"required":["action"]}""",
            tool.JsonSchema.GetRawText());
    }

    public static TheoryData<string?, string, string> Answers => new()
    {
        { Ab, """{"action":"get"}""", """All metadata: {"a":1,"b":"x"}""" },
        { Ab, """{"action":"GET"}""", """All metadata: {"a":1,"b":"x"}""" },
        { Ab, """{"action":"get","keys":null,"metadata":null}""", """All metadata: {"a":1,"b":"x"}""" },
        { Ab, """{"action":"get","keys":[]}""", """All metadata: {"a":1,"b":"x"}""" },
        { "{}", """{"action":"get"}""", "No metadata stored in session" },
        { null, """{"action":"get"}""", "No metadata found for this session" },
        { null, """{"action":"get","keys":["a"]}""", "No metadata found for this session" },
        { Ab, """{"action":"get","keys":["b","zz","a"]}""", """Metadata retrieved: {"b":"x","a":1}""" },
        { Ab, """{"action":"get","keys":["a","a"]}""", """Metadata retrieved: {"a":1}""" },
        { Ab, """{"action":"get","keys":["zz","q'q"]}""", "No metadata found for keys: ['zz', 'q'q']" },
        { "{'x':{'y':{'z':1}}}", """{"action":"get","keys":["x.y"]}""", """Metadata retrieved: {"x.y":{"z":1}}""" },
        { Ab, """{"action":"set","metadata":{"a":2,"it's":[1.0,null]}}""", "Successfully updated metadata fields: ['a', 'it's']" },
        { Ab, """{"action":"Update","metadata":{"x.y":{"z":true}}}""", "Successfully updated metadata fields: ['x.y']" },
        { Ab, """{"action":"set"}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"update","metadata":{}}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":[]}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":0}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":false}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":[1]}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":5}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":1.5}""", "Error: metadata dictionary required for set/update action" },
        { Ab, """{"action":"set","metadata":true}""", "Error: metadata dictionary required for set/update action" },
        { null, """{"action":"set","metadata":{"a":1}}""", "Error managing metadata: Session s1 not found." },
        { Ab, """{"action":"set","metadata":{"a..b":1}}""", "Error managing metadata: The metadata key 'a..b' has an empty segment. (Parameter 'metadata')" },
        { Ab, """{"action":"set","metadata":{"p":1,"p.q":2}}""", "Error managing metadata: The metadata key 'p.q' lies within 'p', which is given too. (Parameter 'metadata')" },
        { Ab, """{"action":"delete","keys":["a","nope"]}""", "Successfully deleted metadata fields: ['a', 'nope']" },
        { Ab, """{"action":"delete","keys":["a","a"]}""", "Successfully deleted metadata fields: ['a', 'a']" },
        { Ab, """{"action":"delete"}""", "Error: keys list required for delete action" },
        { Ab, """{"action":"delete","keys":[]}""", "Error: keys list required for delete action" },
        { null, """{"action":"delete","keys":["a"]}""", "Error managing metadata: Session s1 not found." },
        { Ab, """{"action":"delete","keys":5}""", "Error: keys must be a list of strings" },
        { Ab, """{"action":"delete","keys":{"a":1}}""", "Error: keys must be a list of strings" },
        { Ab, """{"action":"delete","keys":["a",2]}""", "Error: keys must be a list of strings" },
        { Ab, """{"action":"get","keys":[null]}""", "Error: keys must be a list of strings" },
        { Ab, """{"action":"Foo"}""", "Error: Unknown action 'foo'. Use 'get', 'set', 'update', or 'delete'" },
        { Ab, """{"action":" get "}""", "Error: Unknown action ' get '. Use 'get', 'set', 'update', or 'delete'" },
        { Ab, """{}""", "Error managing metadata: action must be 'get', 'set', 'update', or 'delete'" },
        { Ab, """{"action":null}""", "Error managing metadata: action must be 'get', 'set', 'update', or 'delete'" },
        { Ab, """{"action":5}""", "Error managing metadata: action must be 'get', 'set', 'update', or 'delete'" },
    };

    [Theory]
    [MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public async Task Invoke_JsonArguments_GivesTheAnswer(string? metadata, string arguments, string answer)
    {
        var json = JsonElement.Parse(arguments).EnumerateObject().ToDictionary(property => property.Name, object? (property) => property.Value);

        Assert.Equal(answer, await InvokeAsync(new MetadataSession(metadata), json));
    }

    [Theory]
    [MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public async Task Invoke_TextArguments_GivesTheSameAnswer(string? metadata, string arguments, string answer)
    {
        var json = JsonElement.Parse(arguments).EnumerateObject().ToDictionary(
            property => property.Name,
            object? (property) => property.Name != "action" ? property.Value.GetRawText()
                : property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()
                : property.Value);

        Assert.Equal(answer, await InvokeAsync(new MetadataSession(metadata), json));
    }

    [Theory]
    [MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public async Task Invoke_NodeArguments_GivesTheSameAnswer(string? metadata, string arguments, string answer)
    {
        var nodes = JsonNode.Parse(arguments)!.AsObject().ToDictionary(entry => entry.Key, object? (entry) => entry.Value);

        Assert.Equal(answer, await InvokeAsync(new MetadataSession(metadata), nodes));
    }

    public static TheoryData<string, string?, string?, string> Texts => new()
    {
        { "get", null, "priority", "Error: keys must be a valid JSON, got: priority..." },
        { "get", null, "", "Error: keys must be a valid JSON, got: ..." },
        { "set", "", null, "Error: metadata must be a valid JSON, got: ..." },
        { "set", "{'a': 1}", null, "Error: metadata must be a valid JSON, got: {'a': 1}..." },
        { "foo", "nope", null, "Error: metadata must be a valid JSON, got: nope..." },
        { "foo", null, "nope", "Error: keys must be a valid JSON, got: nope..." },
        { "set", "no", "nope", "Error: metadata must be a valid JSON, got: no..." },
        { "set", new string('a', 99) + "éz", null, $"Error: metadata must be a valid JSON, got: {new string('a', 99)}é..." },
        { "set", string.Concat(Enumerable.Repeat("😀", 101)), null, $"Error: metadata must be a valid JSON, got: {string.Concat(Enumerable.Repeat("😀", 100))}..." },
        { "set", "\"text\"", null, "Error: metadata dictionary required for set/update action" },
        { "set", "\"\"", null, "Error: metadata dictionary required for set/update action" },
        { "set", "null", null, "Error: metadata dictionary required for set/update action" },
        { "delete", null, "null", "Error: keys list required for delete action" },
        { "delete", null, "\"ab\"", "Error: keys must be a list of strings" },
        { "delete", null, "\"\"", "Error: keys must be a list of strings" },
        { "get", null, "\"ab\"", "Error: keys must be a list of strings" },
        { "get", null, " [\"a\"] ", """Metadata retrieved: {"a":1}""" },
        { "set", """{"a":"\ud800"}""", null, "Error managing metadata: The value at metadata.a contains half of a surrogate pair. (Parameter 'metadata')" },
    };

    [Theory]
    [MemberData(nameof(Texts), DisableDiscoveryEnumeration = true)]
    public async Task Invoke_JsonInAString_IsParsed(string action, string? metadata, string? keys, string answer)
    {
        var session = new MetadataSession(Ab);

        Assert.Equal(answer, await InvokeAsync(session, new() { ["action"] = action, ["metadata"] = metadata, ["keys"] = keys }));
        Assert.DoesNotContain(session.Calls, call => call.StartsWith("delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Invoke_DotNetArguments_AreTaken()
    {
        var session = new MetadataSession(Ab);
        var metadata = new Dictionary<string, object?>
        {
            ["at"] = new DateTime(2024, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc),
            ["poco"] = new { Price = 1.10m },
            ["x.y"] = new[] { 1, 2 },
        };

        Assert.Equal(
            "Successfully updated metadata fields: ['at', 'poco', 'x.y']",
            await InvokeAsync(session, new() { ["action"] = "set", ["metadata"] = metadata }));
        Assert.Equal(
            """Metadata retrieved: {"at":"2024-01-02T03:04:05.678Z","poco":{"price":1.10},"x":{"y":[1,2]}}""",
            await InvokeAsync(session, new() { ["action"] = "get", ["keys"] = (string[])["at", "poco", "x"] }));
        Assert.Equal(
            "Successfully deleted metadata fields: ['at', 'poco']",
            await InvokeAsync(session, new() { ["action"] = "delete", ["keys"] = new List<string> { "at", "poco" } }));
        Assert.Equal("{ \"a\" : 1, \"b\" : \"x\", \"x\" : { \"y\" : [1, 2] } }", session.Stored);
    }

    [Fact]
    public async Task Invoke_Set_GivesHooksPlainValues()
    {
        var session = new MetadataSession(Ab);

        await InvokeAsync(session, new() { ["action"] = "set", ["metadata"] = """{"a.b":{"c.d":[1,2.5,"x",null,true]}}""" });

        var map = Assert.IsType<Dictionary<string, object?>>(Assert.Single(session.LastUpdate!).Value);
        Assert.Equal("a.b", Assert.Single(session.LastUpdate!).Key);
        Assert.Equal<object?>([1, 2.5, "x", null, true], Assert.IsType<List<object?>>(map["c.d"]));
    }

    [Fact]
    public async Task Invoke_UnstorableValue_IsAnAnswerWithoutTheValue()
    {
        var session = new MetadataSession(Ab);
        var metadata = new Dictionary<string, object?> { ["a"] = typeof(string) };

        Assert.Equal(
            "Error managing metadata: The value at metadata.a is of type System.RuntimeType, which cannot be stored. (Parameter 'metadata')",
            await InvokeAsync(session, new() { ["action"] = "set", ["metadata"] = metadata }));
        Assert.Empty(session.Calls);
    }

    [Theory]
    [InlineData("get", "get *")]
    [InlineData("set", "update a")]
    [InlineData("delete", "delete a")]
    public async Task Invoke_HookThrows_AnswersWithTheMessage(string action, string call)
    {
        var session = new MetadataSession(Ab) { Failure = new InvalidOperationException("no such luck") };
        var arguments = new Dictionary<string, object?> { ["action"] = action, ["metadata"] = """{"a":1}""", ["keys"] = action == "get" ? null : """["a"]""" };

        Assert.Equal("Error managing metadata: no such luck", await InvokeAsync(session, arguments));
        Assert.Equal([call], session.Calls);
    }

    [Fact]
    public async Task Invoke_Cancelled_Throws()
    {
        var tool = new MetadataTool(new MetadataSession(Ab), null);

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await tool.InvokeAsync(new AIFunctionArguments { ["action"] = "get" }, new CancellationToken(canceled: true)));
    }

    private static async Task<object?> InvokeAsync(MetadataSession session, Dictionary<string, object?> arguments) =>
        await new MetadataTool(session, null).InvokeAsync(new AIFunctionArguments(arguments), TestContext.Current.CancellationToken);
}
