using Microsoft.Extensions.AI;

namespace SessionManager.IntegrationTests;

/// <summary>
/// The agents and messages that most tests use.
/// </summary>
internal static class Agents
{
    public static SessionAgent Support(string agentId = "support") => new(agentId)
    {
        Model = "model-1",
        SystemPrompt = "You help.",
    };

    public static ChatMessage User(string text = "Hello") => new(ChatRole.User, text);

    public static ChatMessage Assistant(string text = "Hi") => new(ChatRole.Assistant, text);
}
