using MongoDB.Driver.Core.Configuration;
using MongoDB.Driver.Core.Events;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// Counts what a client sends on behalf of its callers.
/// </summary>
internal sealed class CommandCounter
{
    private static readonly string[] OfConnections = ["hello", "isMaster", "ismaster", "endSessions"];

    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Subscribe(ClusterBuilder builder) => builder.Subscribe<CommandStartedEvent>(started =>
    {
        if (!OfConnections.Contains(started.CommandName))
        {
            Interlocked.Increment(ref _count);
        }
    });
}
