using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

public sealed class SummaryMessageTests
{
    [Theory]
    [InlineData("""{"role":"user","content":[{"text":"So far."}]}""", "user", "So far.")]
    [InlineData("""{"role":"assistant","content":[{"text":"So far."},{"text":" And more."}],"metadata":{}}""", "assistant", "So far. And more.")]
    [InlineData("""{"role":"user","content":[{"reasoningContent":{"reasoningText":{"text":"Hm."}}},{"text":"So far."}]}""", "user", "So far.")]
    public void Read_MessageWithText_IsIt(string json, string role, string text)
    {
        var message = SummaryMessage.Read(JsonNode.Parse(json));

        Assert.Equal((role, text), (message?.Role.Value, message?.Text));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"role":"user"}""")]
    [InlineData("""{"content":[{"text":"So far."}]}""")]
    [InlineData("""{"role":" ","content":[{"text":"So far."}]}""")]
    [InlineData("""{"role":{},"content":[{"text":"So far."}]}""")]
    [InlineData("""{"role":"user","content":"So far."}""")]
    [InlineData("""{"role":"user","content":[]}""")]
    [InlineData("""{"role":"user","content":["So far.",5,null,{"text":5},{"text":" "},{"image":{}}]}""")]
    public void Read_SomethingElse_IsNull(string json) => Assert.Null(SummaryMessage.Read(JsonNode.Parse(json)));

    [Fact]
    public void Write_Text_IsWhatStrandsWrites() => Assert.Equal(
        """{"role":"assistant","content":[{"text":"So far."},{"text":"And more."}]}""",
        SummaryMessage.Write(new ChatMessage(ChatRole.Assistant, [new TextContent("So far."), new TextContent("And more.")]))?.ToJsonString());

    [Theory]
    [InlineData("A call1")]
    [InlineData("A So far., call1")]
    [InlineData("A")]
    public void Write_MoreThanText_IsNull(string message) => Assert.Null(SummaryMessage.Write(HistoryNotation.Parse(message)[0]));

    [Fact]
    public void Write_BlankText_IsNull() => Assert.Null(SummaryMessage.Write(new ChatMessage(ChatRole.User, " ")));
}
