using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// The handlers refuse what the providers refuse, and take the rest.
/// </summary>
public sealed class WireRulesTests : ClientTest
{
    private const string AnthropicCall = """{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":{}}]}""";
    private const string AnthropicResult = """{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"x"}]}""";
    private const string User = """{"role":"user","content":"Hello"}""";
    private const string ChatCall = """{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"t","arguments":"{}"}}]}""";
    private const string ChatResult = """{"role":"tool","tool_call_id":"a","content":"x"}""";
    private const string Item = """{"type":"message","role":"user","content":[{"type":"input_text","text":"Hello"}]}""";
    private const string ItemCall = """{"type":"function_call","call_id":"a","name":"t","arguments":"{}"}""";
    private const string ItemResult = """{"type":"function_call_output","call_id":"a","output":"x"}""";
    private const string OllamaCall = """{"role":"assistant","content":"","tool_calls":[{"function":{"name":"t","arguments":{}}}]}""";
    private const string OllamaResult = """{"role":"tool","content":"x"}""";

    [Theory]
    [InlineData($"{User}")]
    [InlineData($"{User},{User}")]
    [InlineData($"{User},{AnthropicCall},{AnthropicResult}")]
    public Task Anthropic_Valid_IsTaken(string messages) => AssertTakenAsync(ProviderLine.Anthropic, messages);

    [Theory]
    [InlineData("", "at least one message")]
    [InlineData("""{"role":"assistant","content":"Hi"}""", "first message must use")]
    [InlineData("""{"role":"tool","content":"Hi"}""", "Unexpected role")]
    [InlineData("""{"role":"user","content":[]}""", "non-empty content")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":""}]}""", "must be non-empty")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":" \n"}]}""", "non-whitespace")]
    [InlineData("""{"role":"user","content":[{"type":"unknown"}]}""", "does not match any")]
    [InlineData($"{User},{AnthropicCall}", "without `tool_result`")]
    [InlineData($"{User},{AnthropicCall},{User},{AnthropicResult}", "must come first")]
    [InlineData($"{User},{AnthropicResult}", "unexpected `tool_use_id`")]
    [InlineData($"{User},{AnthropicCall},{AnthropicResult},{AnthropicResult}", "single result")]
    [InlineData($"{User},{AnthropicCall},{AnthropicResult},{AnthropicCall},{AnthropicResult}", "must be unique")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"tool_use","id":"a:0","name":"t","input":{}}]}""", "should match pattern")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":"x"}]}""", "valid dictionary")]
    [InlineData("""{"role":"user","content":[{"type":"thinking","thinking":"Hm","signature":"known"}]}""", "only be in `assistant`")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"thinking","thinking":"Hm"}]}""", "Field required")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":""}]}""", "Invalid `signature`")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"unknown"}]}""", "Invalid `signature`")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"thinking","thinking":"Changed","signature":"known"}]}""", "cannot be modified")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"redacted_thinking","data":"unknown"}]}""", "Invalid `data`")]
    [InlineData(User + """,{"role":"assistant","content":[{"type":"text","text":"Hi "}]}""", "trailing whitespace")]
    public Task Anthropic_Invalid_IsRefused(string messages, string expected) =>
        AssertRefusedAsync(ProviderLine.Anthropic, messages, expected, """{"type":"error","error":{"type":"invalid_request_error","message":""");

    [Theory]
    [InlineData($"{User}")]
    [InlineData($"{User},{ChatCall},{ChatResult},{ChatCall},{ChatResult}")]
    [InlineData("""{"role":"user","content":""}""")]
    public Task OpenAIChat_Valid_IsTaken(string messages) => AssertTakenAsync(ProviderLine.OpenAIChat, messages);

    [Theory]
    [InlineData("", "empty array")]
    [InlineData("""{"role":"robot","content":"Hi"}""", "Supported values")]
    [InlineData("""{"role":"user","content":[]}""", "empty array")]
    [InlineData("""{"role":"user","content":[{"type":"unknown"}]}""", "Invalid value")]
    [InlineData("""{"role":"assistant","content":null}""", "got null")]
    [InlineData("""{"role":"user","name":"a b","content":"Hi"}""", "does not match pattern")]
    [InlineData($"{User},{ChatCall}", "must be followed by tool messages")]
    [InlineData($"{User},{ChatCall},{User},{ChatResult}", "must be followed by tool messages")]
    [InlineData($"{User},{ChatResult}", "must be a response")]
    [InlineData($"{User},{ChatCall},{ChatResult},{ChatResult}", "Duplicate value")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"12345678901234567890123456789012345678901","type":"function","function":{"name":"t","arguments":"{}"}}]}""", "string too long")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"t t","arguments":"{}"}}]}""", "does not match pattern")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"t","arguments":{}}}]}""", "expected a string")]
    public Task OpenAIChat_Invalid_IsRefused(string messages, string expected) =>
        AssertRefusedAsync(ProviderLine.OpenAIChat, messages, expected, """{"error":{"message":""");

    [Theory]
    [InlineData(Item)]
    [InlineData($"{Item},{ItemCall},{ItemResult}")]
    [InlineData(Item + """,{"type":"reasoning","id":"rs_1_0","summary":[],"encrypted_content":"known"},{"type":"message","id":"msg_1_1","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}""")]
    [InlineData(Item + """,{"type":"reasoning","summary":[],"encrypted_content":"known"},""" + ItemCall + "," + ItemResult)]
    public Task OpenAIResponses_Valid_IsTaken(string items) => AssertTakenAsync(ProviderLine.OpenAIResponses, items);

    [Theory]
    [InlineData("", "must be provided")]
    [InlineData("""{"type":"unknown"}""", "Invalid value")]
    [InlineData("""{"type":"message","role":"tool","content":"Hi"}""", "Supported values")]
    [InlineData("""{"type":"message","role":"user"}""", "Missing required")]
    [InlineData("""{"type":"message","role":"assistant","content":[{"type":"input_text","text":"Hi"}]}""", "Invalid value")]
    [InlineData("""{"type":"message","id":"abc","role":"user","content":"Hi"}""", "begins with 'msg'")]
    [InlineData("""{"type":"message","id":"msg_9","role":"assistant","content":"Hi"}""", "Items are not persisted")]
    [InlineData($"{Item},{ItemCall}", "No tool output found")]
    [InlineData($"{Item},{ItemResult}", "No tool call found")]
    [InlineData($"{Item},{ItemResult},{ItemCall}", "No tool call found")]
    [InlineData($"{Item},{ItemCall},{ItemResult},{ItemResult}", "Duplicate function call output")]
    [InlineData($"{Item},{ItemCall},{ItemCall},{ItemResult}", "Duplicate function call")]
    [InlineData(Item + """,{"type":"function_call","id":"call_1","call_id":"a","name":"t","arguments":"{}"},""" + ItemResult, "begins with 'fc'")]
    [InlineData("""{"type":"reasoning","id":"rs_1_0","summary":[]},""" + Item, "Items are not persisted")]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":"unknown"},""" + Item, "could not be verified")]
    [InlineData("""{"type":"reasoning","id":"rs_2_0","summary":[],"encrypted_content":"known"},""" + Item, "Items are not persisted")]
    [InlineData(Item + """,{"type":"reasoning","summary":[],"encrypted_content":"known"}""", "required following item")]
    public Task OpenAIResponses_Invalid_IsRefused(string items, string expected) =>
        AssertRefusedAsync(ProviderLine.OpenAIResponses, items, expected, """{"error":{"message":""");

    [Theory]
    [InlineData($"{User}")]
    [InlineData($"{User},{OllamaCall},{OllamaResult},{User}")]
    public Task Ollama_Valid_IsTaken(string messages) => AssertTakenAsync(ProviderLine.Ollama, messages);

    [Theory]
    [InlineData("""{"role":"robot","content":"Hi"}""", "invalid role")]
    [InlineData($"{User},{OllamaCall}", "are missing")]
    [InlineData($"{User},{OllamaCall},{User}", "stand elsewhere")]
    [InlineData($"{User},{OllamaResult}", "stand elsewhere")]
    public Task Ollama_Invalid_IsRefused(string messages, string expected) => AssertRefusedAsync(ProviderLine.Ollama, messages, expected, """{"error":""");

    private static async Task AssertTakenAsync(string name, string messages)
    {
        var (code, _) = await PostAsync(name, messages);

        Assert.Equal(HttpStatusCode.OK, code);
    }

    private static async Task AssertRefusedAsync(string name, string messages, string expected, string format)
    {
        var (code, body) = await PostAsync(name, messages);

        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.StartsWith(format, body, StringComparison.Ordinal);
        var refusal = Assert.Single(ProviderRefusals.Take());
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    // Each provider has thought once, so that it knows a thought of its own.
    private static async Task<(HttpStatusCode Code, string Body)> PostAsync(string name, string messages)
    {
        using var line = ProviderLine.Open(name);
        using var client = new HttpClient(line.Handler, disposeHandler: false);
        var field = name == ProviderLine.OpenAIResponses ? "input" : "messages";
        var first = name == ProviderLine.OpenAIResponses ? Item : User;
        line.Handler.Add(new WireAnswer(new WirePart.Thought("Hm", "known"), new WirePart.Said("Hi")), "Here.");
        await SendAsync(client, field, first);

        return await SendAsync(client, field, messages);
    }

    private static async Task<(HttpStatusCode Code, string Body)> SendAsync(HttpClient client, string field, string messages)
    {
        using var content = JsonContent.Create(JsonElement.Parse($$"""{"{{field}}":[{{messages}}]}"""));
        using var response = await client.PostAsync(new Uri("http://provider.invalid"), content, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
