using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal;

/// <summary>
/// The runs of one agent session that no <see cref="SessionAIAgent"/> leads, from the question for the history to the answer.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Which of several concurrent runs of an agent gives back which is the same: all append to the same history. A streamed
/// response that is abandoned leaves its run here, for as long as the agent session lives.
/// </remarks>
internal sealed class OpenRuns
{
    private readonly Lock _lock = new();
    private readonly List<AgentRun> _runs = [];
    private IReadOnlyList<ChatMessage> _systemMessages = [];

    /// <summary>
    /// Gives the results of tools the system messages of the request before.
    /// </summary>
    public void Continue(IncomingMessages incoming)
    {
        lock (_lock)
        {
            if (incoming.IsContinuation)
            {
                incoming.Continue(_systemMessages);
            }

            _systemMessages = incoming.System;
        }
    }

    public void Add(AgentRun run)
    {
        run.ReleaseHistory();
        lock (_lock)
        {
            _runs.Add(run);
        }
    }

    /// <summary>
    /// Takes out the latest run of an agent, or null where there is none.
    /// </summary>
    public AgentRun? Take(string agentId)
    {
        lock (_lock)
        {
            var index = _runs.FindLastIndex(run => run.AgentId == agentId);
            if (index < 0)
            {
                return null;
            }

            var run = _runs[index];
            _runs.RemoveAt(index);
            return run;
        }
    }
}
