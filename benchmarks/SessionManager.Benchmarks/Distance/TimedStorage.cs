using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// Times the appends of a pipeline where they leave it.
/// </summary>
internal sealed class TimedStorage(SessionStorage inner, TimedStorage.Target target) : DelegatingSessionStorage(inner)
{
    protected override async Task<IReadOnlyList<int>?> AppendMessagesCoreAsync(
        string sessionId, AgentBranch branch, IReadOnlyList<ChatMessage> messages, int? nextPosition, EventLoopMetrics? metrics, bool onlyThere, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var append = base.AppendMessagesCoreAsync(sessionId, branch, messages, nextPosition, metrics, onlyThere, cancellationToken);
        if (target.Times is { } times)
        {
            await times.AddAsync(append, start);
        }

        return await append;
    }

    /// <summary>
    /// Where the times of this moment's round go.
    /// </summary>
    internal sealed class Target
    {
        public AppendTimes? Times { get; set; }
    }
}
