using Microsoft.Agents.AI;

namespace SessionManager;

/// <summary>
/// Adds a <see cref="SessionRequest"/> to the options of an agent's run.
/// </summary>
public static class SessionRequestAgentExtensions
{
    /// <summary>
    /// Says of one run what differs from what is configured.
    /// </summary>
    /// <param name="options">The options of the run. They are changed.</param>
    /// <param name="request">What differs.</param>
    /// <returns>The options.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static AgentRunOptions With(this AgentRunOptions options, SessionRequest request)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(request);
        options.AdditionalProperties ??= [];
        options.AdditionalProperties[SessionRequest.PropertyName] = request;
        return options;
    }
}
