using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Keeps runs whose model has called tools until the results come.
/// </summary>
/// <remarks>
/// <para>
/// The results of function invocation carry the very string that was the id of the call. A run is kept by that string,
/// the object and not its text, and goes when it does: an abandoned run costs nothing for longer than its ids live.
/// </para>
/// <para>
/// Some providers have one constant id for all calls, which tells no run from another. Such an id is good for one run, and
/// for none once a second run has come with it.
/// </para>
/// </remarks>
internal sealed class PendingRuns
{
    private readonly ConditionalWeakTable<string, Slot> _slots = [];

    /// <summary>
    /// Keeps a run.
    /// </summary>
    /// <param name="run">The run. When it is kept, it is no longer the caller's.</param>
    /// <param name="response">What its model has answered.</param>
    /// <param name="tools">The tools that the model was given.</param>
    /// <returns>False when no results are going to come at once, or nothing would tell that they are this run's.</returns>
    public bool TryKeep(SessionRun run, ChatResponse response, IList<AITool>? tools)
    {
        var calls = GetOpenCalls(response);
        if (calls.Count == 0 || calls.Exists(call => IsForCaller(call, tools)))
        {
            return false;
        }

        // One of the ids is enough to take it: function invocation brings the results of all calls with one request. The others
        // lead to it while the tools run.
        var own = new Slot(run);
        if (_slots.TryAdd(calls[0].CallId, own))
        {
            calls.ForEach(call => _slots.TryAdd(call.CallId, own));
            return true;
        }

        if (_slots.TryGetValue(calls[0].CallId, out var slot))
        {
            // From now on the id tells neither run from the other. Its results come as a request of their own, which must not wait for it.
            if (slot.Clear() is { } other)
            {
                _ = other.DisposeAsync().AsTask();
            }
        }

        return false;
    }

    /// <summary>
    /// Finds the run whose model has made a call; null where that is not known.
    /// </summary>
    public SessionRun? Find(FunctionCallContent call) => _slots.TryGetValue(call.CallId, out var slot) ? slot.Run : null;

    /// <summary>
    /// Takes out the run that some results belong to, for one taker only.
    /// </summary>
    public SessionRun? TryTake(SessionKey session, IEnumerable<ChatMessage> messages)
    {
        foreach (var result in messages.SelectMany(static message => message.Contents).OfType<FunctionResultContent>())
        {
            if (_slots.TryGetValue(result.CallId, out var slot) && slot.TryTake(session) is { } run)
            {
                return run;
            }
        }

        return null;
    }

    /// <summary>
    /// Tells whether a tool runs when the caller has approved it, and not before.
    /// </summary>
    public static bool NeedsApproval(AITool tool) => tool.GetService<ApprovalRequiredAIFunction>() is not null;

    private static List<FunctionCallContent> GetOpenCalls(ChatResponse response)
    {
        AIContent[] contents = [.. response.Messages.SelectMany(static message => message.Contents)];
        var answered = contents.OfType<FunctionResultContent>().Select(static result => result.CallId).ToHashSet(StringComparer.Ordinal);
        return [.. contents.OfType<FunctionCallContent>().Where(call => !call.InformationalOnly && !answered.Contains(call.CallId))];
    }

    // The caller brings the results of these, with a request that comes in minutes or days, or never.
    private static bool IsForCaller(FunctionCallContent call, IList<AITool>? tools) =>
        FindTool(call, tools) is { } tool && (tool is not AIFunction || NeedsApproval(tool));

    private static AITool? FindTool(FunctionCallContent call, IList<AITool>? tools) => tools?.FirstOrDefault(tool => tool.Name == call.Name);

    // It stays when its run is taken, so that a second run with the same id is noticed.
    private sealed class Slot(SessionRun run)
    {
        private SessionRun? _run = run;

        public SessionRun? Run => _run;

        public SessionRun? Clear() => Interlocked.Exchange(ref _run, null);

        // Results that are sent twice at once find the run once; the other request loads the history.
        public SessionRun? TryTake(SessionKey session) =>
            _run is { } run && run.SessionId == session.SessionId && run.Owner == session.Owner && Interlocked.CompareExchange(ref _run, null, run) == run ? run : null;
    }
}
