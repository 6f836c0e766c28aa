using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// A turn with something in it that has to go out in every later request as it went out in the first.
/// </summary>
internal sealed class PromptCase
{
    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "1.0", "1.10", "-0.0", "0.1", "1E2", "1e2", "1e-7", "100", "123456789012345678901234567890", "9007199254740993",
        "0.1000000000000000055511151231257827", "1.7976931348623157E+308", "79228162514264337593543950335",
    ];

    private static readonly (string Name, string Json)[] Values =
    [
        ("null", "null"),
        ("true", "true"),
        ("false", "false"),
        ("empty string", "\"\""),
        ("blank string", "\" \""),
        ("string", "\"plain\""),
        ("string with unicode", "\"Grüße 😀 <b>&'+\\u2028\\u0001\\\"\\\\\""),
        ("string like a date", "\"2026-01-01T00:00:00Z\""),
        ("string like a number", "\"1.10\""),
        ("empty object", "{}"),
        ("empty array", "[]"),
        ("nested object", """{"z":{"b":[1,2.50,{"y":null,"a":""}],"a":1.0},"a":[[],{}]}"""),
        ("keys out of order", """{"b":1,"a":2,"10":3,"9":4,"B":5}"""),
        ("keys of MongoDB", """{"$set":1,"a.b":2,"":3,"_id":4}"""),
    ];

    private PromptCase(string name) => Name = name;

    public static IReadOnlyDictionary<string, PromptCase> All { get; } = Create().ToDictionary(one => one.Name, StringComparer.Ordinal);

    public string Name { get; }

    /// <summary>
    /// Gets what the user says.
    /// </summary>
    public IReadOnlyList<AIContent> Question { get; private init; } = [new TextContent("Hello")];

    public string? AuthorName { get; private init; }

    /// <summary>
    /// Gets what the model answers before its last answer, each with calls of the tool.
    /// </summary>
    public Func<ProviderLine, IEnumerable<WireAnswer>> Calls { get; private init; } = static _ => [];

    /// <summary>
    /// Gets the tool.
    /// </summary>
    public AIFunction Tool { get; private init; } = new FixedTool("sent");

    /// <summary>
    /// Gets what the model answers at last.
    /// </summary>
    public Func<ProviderLine, WireAnswer> Answer { get; private init; } = static _ => "Here.";

    /// <summary>
    /// Gets the only provider that has such content, or null where all have.
    /// </summary>
    public string? Provider { get; private init; }

    private static WirePart.Called Call(string id, string arguments = "{}") => new(id, FixedTool.ToolName, arguments);

    private static PromptCase CreateCall(string name, string arguments) => new(name) { Calls = _ => [new WireAnswer(Call("call_1", arguments))] };

    private static PromptCase CreateResult(string name, object? result) => new(name) { Calls = static _ => [new WireAnswer(Call("call_1"))], Tool = new FixedTool(result) };

    // The usual tool: what a method returns, in the form that AIFunctionFactory gives it.
    private static PromptCase CreateMethod(string name, Delegate method) =>
        new(name) { Calls = static _ => [new WireAnswer(Call("call_1"))], Tool = AIFunctionFactory.Create(method, FixedTool.ToolName) };

    private static IEnumerable<PromptCase> Create() => [.. CreateQuestions(), .. CreateCalls(), .. CreateResults(), .. CreateThoughts(), .. CreateAnswers()];

    private static IEnumerable<PromptCase> CreateQuestions()
    {
        byte[] bytes = [0x89, 0x50, 0x4E, 0x47, 0xFF, 0x00, 0xFB];
        yield return new("text");
        yield return new("text with unicode") { Question = [new TextContent(" Grüße 😀 <b>&'+\u2028\u0001\"\\\r\n ")] };
        yield return new("texts") { Question = [new TextContent("Hello"), new TextContent("you")] };
        yield return new("author") { AuthorName = "ann" };
        yield return new("image data") { Question = [new TextContent("Hello"), new DataContent(bytes, "image/png")] };
        yield return new("image data with name") { Question = [new TextContent("Hello"), new DataContent(bytes, "image/jpeg") { Name = "a.jpg" }] };
        yield return new("image uri") { Question = [new TextContent("Hello"), new UriContent("https://example.com/a%20b.png?c=ü", "image/png")] };
        yield return new("image with detail")
        {
            Question = [new TextContent("Hello"), new DataContent(bytes, "image/png") { AdditionalProperties = new() { ["detail"] = "high" } }],
        };
        yield return new("document data") { Question = [new TextContent("Hello"), new DataContent(bytes, "application/pdf") { Name = "a.pdf" }] };
        yield return new("document uri") { Question = [new TextContent("Hello"), new UriContent("https://example.com/a.pdf", "application/pdf")] };
        yield return new("text data") { Question = [new TextContent("Hello"), new DataContent("Grüße"u8.ToArray(), "text/plain")] };
        yield return new("audio data") { Question = [new TextContent("Hello"), new DataContent(bytes, "audio/wav")] };
        yield return new("hosted file") { Question = [new TextContent("Hello"), new HostedFileContent("file_1") { MediaType = "application/pdf" }] };
    }

    private static IEnumerable<PromptCase> CreateCalls()
    {
        yield return CreateCall("call without arguments", "{}");
        yield return CreateCall("call with spaces", "{ \"a\" : [ 1 , 2 ] }");
        yield return CreateCall("call with several", """{"b":"x","a":1,"c":[true]}""");
        foreach (var number in Numbers)
        {
            yield return CreateCall($"call with {number}", $$"""{"value":{{number}}}""");
            yield return CreateCall($"call with [{number}]", $$$"""{"value":{"n":[{{{number}}}]}}""");
        }

        foreach (var (name, json) in Values)
        {
            yield return CreateCall($"call with {name}", $$"""{"value":{{json}}}""");
        }

        yield return new("parallel calls") { Calls = static _ => [new WireAnswer(new WirePart.Said("I look."), Call("call_1"), Call("call_2"))] };
        yield return new("calls one after another") { Calls = static _ => [new WireAnswer(Call("call_1")), new WireAnswer(new WirePart.Said("Again."), Call("call_2"))] };
    }

    private static IEnumerable<PromptCase> CreateResults()
    {
        foreach (var number in Numbers)
        {
            yield return CreateResult($"result {number}", JsonElement.Parse(number));
            yield return CreateResult($"result [{number}]", JsonElement.Parse($$"""{"n":[{{number}}]}"""));
        }

        foreach (var (name, json) in Values)
        {
            yield return CreateResult($"result {name}", JsonElement.Parse(json));
        }

        yield return CreateMethod("result of method with string", static () => "Grüße 😀 \"\\");
        yield return CreateMethod("result of method with number", static () => 1.10m);
        yield return CreateMethod("result of method with object", static () => new { b = 1.0, a = (string?)null });
        yield return CreateMethod("result of method with nothing", static () => { });
        yield return CreateMethod("result of method with contents", static () => new List<AIContent> { new TextContent("Grüße") });
        yield return CreateResult("result of string", "Grüße 😀 \"\\");
        yield return CreateResult("result of empty string", string.Empty);
        yield return CreateResult("result of null", null);
        yield return CreateResult("result of bool", true);
        yield return CreateResult("result of int", 42);
        yield return CreateResult("result of long", 9007199254740993L);
        yield return CreateResult("result of decimal", 1.10m);
        yield return CreateResult("result of double", 1e-7);
        yield return CreateResult("result of float", 0.1f);
        yield return CreateResult("result of date", new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)));
        yield return CreateResult("result of bytes", new byte[] { 0, 0xFB, 0xFF });
        yield return CreateResult("result of guid", Guid.Parse("0b2f3c4d-0000-4000-8000-00000000000a"));
        yield return CreateResult("result of dictionary", new Dictionary<string, object?> { ["b"] = 1.10m, ["a"] = null, ["c"] = new[] { 1.0, 2.5 } });
        yield return CreateResult("result of list", new List<string> { "b", "a" });
        yield return CreateResult("result of text content", new TextContent("Grüße"));
        yield return CreateResult("result of contents", new List<AIContent> { new TextContent("Grüße"), new DataContent(new byte[] { 0, 0xFB }, "image/png") });
    }

    private static IEnumerable<PromptCase> CreateThoughts()
    {
        yield return new("thought before text") { Answer = static line => new WireAnswer(line.Think("Hm, \"ä\"."), new WirePart.Said("Here.")) };
        yield return new("thought before call") { Calls = static line => [new WireAnswer(line.Think("Hm."), Call("call_1"))] };
        yield return new("thought, text and calls")
        {
            Calls = static line => [new WireAnswer(line.Think("Hm."), new WirePart.Said("I look."), Call("call_1"), Call("call_2"))],
        };
        yield return new("thoughts one after another")
        {
            Calls = static line => [new WireAnswer(line.Think("Hm."), Call("call_1")), new WireAnswer(line.Think("Oh."), Call("call_2"))],
            Answer = static line => new WireAnswer(line.Think("Ah."), new WirePart.Said("Here.")),
        };
        yield return new("thoughts in one answer") { Answer = static line => new WireAnswer(line.Think("Hm."), line.Think("Oh."), new WirePart.Said("Here.")) };
        yield return new("redacted thought before text")
        {
            Answer = static _ => new WireAnswer(new WirePart.RedactedThought("cmVkYWN0ZWQ="), new WirePart.Said("Here.")),
            Provider = ProviderLine.Anthropic,
        };
        yield return new("redacted thought before call")
        {
            Calls = static _ => [new WireAnswer(new WirePart.RedactedThought("cmVkYWN0ZWQ="), Call("call_1"))],
            Provider = ProviderLine.Anthropic,
        };
        yield return new("thought without text")
        {
            Calls = static line => [new WireAnswer(line.Think(string.Empty), Call("call_1"))],
            Provider = ProviderLine.OpenAIResponses,
        };
    }

    private static IEnumerable<PromptCase> CreateAnswers()
    {
        yield return new("answer with unicode") { Answer = static _ => " Grüße 😀 <b>&'+\u2028\"\\\r\n " };
        yield return new("answer of two texts") { Answer = static _ => new WireAnswer(new WirePart.Said("Here. "), new WirePart.Said("And there.")) };
    }
}
