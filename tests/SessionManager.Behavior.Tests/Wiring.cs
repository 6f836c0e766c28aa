namespace SessionManager.Behavior;

/// <summary>
/// The ways in which sessions stand between an application and its model.
/// </summary>
public enum Wiring
{
    /// <summary>
    /// <c>.UseFunctionInvocation().UseSessionManager("support")</c>.
    /// </summary>
    Inside,

    /// <summary>
    /// <c>.UseSessionManager("support").UseFunctionInvocation()</c>.
    /// </summary>
    Outside,

    /// <summary>
    /// An agent with <c>SessionChatHistoryProvider</c> and <c>WithSessionManager()</c>.
    /// </summary>
    Agent,

    /// <summary>
    /// The same, where Agent Framework has the history provider store every model call.
    /// </summary>
    AgentPerModelCall,

    /// <summary>
    /// An agent over a chat client that has <c>UseSessionManager</c> outside of function invocation.
    /// </summary>
    AgentOverPipeline,
}
