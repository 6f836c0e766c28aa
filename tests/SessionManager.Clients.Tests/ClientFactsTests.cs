using Microsoft.Extensions.AI;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// What the clients themselves do, on which the library relies. No session has a part in it.
/// </summary>
public sealed class ClientFactsTests : ClientTest
{
    public static TheoryData<string> Names => [.. ProviderLine.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task GetResponse_MessageId_DoesNotGoOut(string name)
    {
        var sent = await SendAsync(
            name,
            new(ChatRole.User, "Hello") { MessageId = "id-of-question" },
            new(ChatRole.Assistant, "Hi") { MessageId = "id-of-answer" },
            new(ChatRole.User, "And?") { MessageId = "id-of-question-2" });

        Assert.DoesNotContain("id-of-", string.Concat(sent), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task GetResponse_AdditionalPropertiesOfMessages_DoNotGoOut(string name)
    {
        var sent = await SendAsync(
            name,
            new ChatMessage(ChatRole.User, [new TextContent("Hello") { AdditionalProperties = new() { ["mine"] = "property-of-text" } }]) { AdditionalProperties = new() { ["mine"] = "property-of-message" } });

        Assert.DoesNotContain("property-of-", string.Concat(sent), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProviderLine.Anthropic, 4)]
    [InlineData(ProviderLine.OpenAIChat, 4)]
    [InlineData(ProviderLine.OpenAIResponses, 5)]
    [InlineData(ProviderLine.Ollama, 4)]
    public async Task GetResponse_ResultsInTwoToolMessages_StayTwo(string name, int count)
    {
        var sent = await SendAsync(
            name,
            new(ChatRole.User, "Hello"),
            new(ChatRole.Assistant, [new FunctionCallContent("call_1", FixedTool.ToolName), new FunctionCallContent("call_2", FixedTool.ToolName)]),
            new(ChatRole.Tool, [new FunctionResultContent("call_1", "one")]),
            new(ChatRole.Tool, [new FunctionResultContent("call_2", "two")]));

        Assert.Equal(count, sent.Count);
        Assert.Contains("one", sent[^2], StringComparison.Ordinal);
        Assert.Contains("two", sent[^1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task GetResponse_TwoMessagesOfTheUser_StayTwo(string name)
    {
        var sent = await SendAsync(name, new(ChatRole.User, "Hello"), new(ChatRole.User, "you"));

        Assert.Equal(2, sent.Count);
    }

    [Theory]
    [InlineData(ProviderLine.Anthropic, 1)]
    [InlineData(ProviderLine.OpenAIChat, 3)]
    [InlineData(ProviderLine.OpenAIResponses, 2)]
    [InlineData(ProviderLine.Ollama, 1)]
    public async Task GetResponse_ContentThatTheClientDoesNotKnow_IsLeftOut(string name, int count)
    {
        // OpenAI's clients send an empty text in place of what they leave out, of the assistant chat completions alone.
        var sent = await SendAsync(
            name, new(ChatRole.User, [new UnknownContent()]), new(ChatRole.Assistant, [new UnknownContent()]), new(ChatRole.User, "Hello"));

        Assert.Equal(count, sent.Count);
        Assert.DoesNotContain("Unknown", string.Concat(sent), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProviderLine.Anthropic, "\"signature\":\"\"")]
    [InlineData(ProviderLine.OpenAIChat, null)]
    [InlineData(ProviderLine.OpenAIResponses, "\"reasoning\"")]
    [InlineData(ProviderLine.Ollama, "\"thinking\":\"Hm.\"")]
    public async Task GetResponse_ThoughtWithoutSignature_GoesOutWhereTheClientHasAPlace(string name, string? expected)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add("Here.");

        await Record.ExceptionAsync(() => SendAsync(
            line, new(ChatRole.User, "Hello"), new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new TextContent("Hi")]), new(ChatRole.User, "And?")));
        ProviderRefusals.Take();

        var sent = line.GetEverythingSent();
        Assert.Equal(expected is not null, sent.Contains(expected ?? "Hm.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ProviderLine.Anthropic, "anthropic")]
    [InlineData(ProviderLine.OpenAIChat, "openai")]
    [InlineData(ProviderLine.OpenAIResponses, "openai")]
    [InlineData(ProviderLine.Ollama, "ollama")]
    public void GetService_Metadata_NamesTheProvider(string name, string expected)
    {
        using var line = ProviderLine.Open(name);
        using var client = line.CreateClient();

        Assert.Equal(expected, client.GetService<ChatClientMetadata>()?.ProviderName);
    }

    [Theory]
    [InlineData(ProviderLine.OpenAIChat)]
    [InlineData(ProviderLine.OpenAIResponses)]
    public async Task GetResponse_DocumentWithoutName_GoesOutWithAnotherNameEachTime(string name)
    {
        ChatMessage question = new(ChatRole.User, [new TextContent("Hello"), new DataContent(new byte[] { 1 }, "application/pdf")]);

        // No cache of prompts survives this, whatever a session does.
        Assert.NotEqual(await SendAsync(name, question), await SendAsync(name, question));
    }

    private static async Task<IReadOnlyList<string>> SendAsync(string name, params ChatMessage[] messages)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add("Here.");
        return await SendAsync(line, messages);
    }

    private static async Task<IReadOnlyList<string>> SendAsync(ProviderLine line, params ChatMessage[] messages)
    {
        var options = line.For(string.Empty);
        options.ConversationId = null;
        using var client = line.CreateClient();
        await client.GetResponseAsync(messages, options, Cancellation);
        return Assert.Single(line.Handler.Requests).Messages;
    }

    private sealed class UnknownContent : AIContent;
}
