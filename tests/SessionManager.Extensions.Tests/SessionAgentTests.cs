using System.Text.Json.Nodes;

namespace SessionManager;

public sealed class SessionAgentTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void Constructor_BlankId_Throws(string? agentId) =>
        Assert.Equal("agentId", Assert.ThrowsAny<ArgumentException>(() => new SessionAgent(agentId!)).ParamName);

    [Fact]
    public void RemovedMessageCount_Set_IsPartOfTheConversationManagerState()
    {
        var agent = new SessionAgent("a") { RemovedMessageCount = 3 };

        Assert.Equal("""{"removed_message_count":3}""", agent.ConversationManagerState.ToJsonString());
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"removed_message_count": 4}""", 4)]
    [InlineData("""{"removed_message_count": "many"}""", 0)]
    public void RemovedMessageCount_StateFromElsewhere_IsReadFromIt(string state, int expected)
    {
        var agent = new SessionAgent("a") { ConversationManagerState = JsonNode.Parse(state)!.AsObject() };

        Assert.Equal(expected, agent.RemovedMessageCount);
    }

    [Fact]
    public void Setters_BadValues_Throw()
    {
        var agent = new SessionAgent("a");

        Assert.Throws<ArgumentOutOfRangeException>(() => agent.RemovedMessageCount = -1);
        Assert.Throws<ArgumentNullException>(() => agent.State = null!);
        Assert.Throws<ArgumentNullException>(() => agent.ConversationManagerState = null!);
    }
}
