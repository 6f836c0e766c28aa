namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// A way that messages take to the server.
/// </summary>
/// <param name="CommandsPerCall">The commands of one call, by which calls are spaced so that every road sends as many.</param>
/// <param name="MessagesPerCall">The messages that one call stores.</param>
/// <param name="CreateCallersAsync">
/// Makes callers, each with sessions of its own. A caller is told where to add the times, and when its call was due.
/// </param>
internal sealed record AppendRoad(int CommandsPerCall, int MessagesPerCall, Func<int, Task<Func<AppendTimes, long, Task>[]>> CreateCallersAsync);
