using Microsoft.Agents.AI;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Gives an agent of Agent Framework the tool with which it reads and writes the metadata of the session that it runs in.
/// </summary>
/// <remarks>
/// <para>
/// The tool is that of <see cref="ISessionManager.GetMetadataTool"/>, within <see cref="SessionAIAgentOptions.MetadataTool"/>. Its
/// calls go through the metadata hooks. It works in sessions that exist; <see cref="SessionChatHistoryProvider"/> makes them.
/// </para>
/// <para>
/// Thread-safe: one provider serves any number of agents, sessions and concurrent runs. It owns the session managers that it
/// makes, and not the factory.
/// </para>
/// </remarks>
public sealed class SessionMetadataContextProvider : AIContextProvider
{
    private readonly ISessionManagerFactory _sessions;
    private readonly SessionAIAgentOptions _options;

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionMetadataContextProvider"/> class.
    /// </summary>
    /// <param name="sessions">Makes the sessions.</param>
    /// <param name="options">The options, or null for the default ones.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessions"/> is null.</exception>
    public SessionMetadataContextProvider(ISessionManagerFactory sessions, SessionAIAgentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        _sessions = sessions;
        _options = options?.Clone() ?? new SessionAIAgentOptions();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The agent is run without an agent session.</exception>
    protected override ValueTask<AIContext> ProvideAIContextAsync(InvokingContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);

        var sessionId = SessionIds.GetOrCreate(context.Session);
        // Of the run's session, wherever the tool is called.
        var sessions = _sessions.For(context.Session);
        var tool = new SessionMetadataTool(() => sessions.Create(sessionId, _options.ManagerOptions), _options.MetadataTool);
        return ValueTask.FromResult(new AIContext { Tools = [tool] });
    }
}
