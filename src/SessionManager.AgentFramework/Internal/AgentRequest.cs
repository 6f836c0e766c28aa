using Microsoft.Agents.AI;

namespace SessionManager.Internal;

/// <summary>
/// Finds what the caller of the run that goes on has said of it.
/// </summary>
internal static class AgentRequest
{
    public static SessionRequest? Find()
    {
        var runOptions = AIAgent.CurrentRunContext?.RunOptions;
        return SessionRequest.Find(runOptions?.AdditionalProperties) ?? SessionRequest.Find((runOptions as ChatClientAgentRunOptions)?.ChatOptions?.AdditionalProperties);
    }
}
