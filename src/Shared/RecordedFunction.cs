using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// A tool whose result is stored before anything else happens with it.
/// </summary>
internal sealed class RecordedFunction : DelegatingAIFunction
{
    private readonly Func<FunctionInvocationContext, SessionRun?> _findRun;

    private RecordedFunction(AIFunction inner, Func<FunctionInvocationContext, SessionRun?> findRun)
        : base(inner) => _findRun = findRun;

    /// <summary>
    /// Wraps those of some tools that can be invoked.
    /// </summary>
    /// <param name="tools">The tools.</param>
    /// <param name="findRun">Finds the run that an invocation belongs to; null for none that is known.</param>
    public static IList<AITool>? Wrap(IList<AITool>? tools, Func<FunctionInvocationContext, SessionRun?> findRun) =>
        tools?.Any(static tool => tool is AIFunction) == true
            ? [.. tools.Select(tool => tool is AIFunction function ? new RecordedFunction(function, findRun) : tool)]
            : tools;

    /// <summary>
    /// Gets tools as they were before they were wrapped.
    /// </summary>
    public static IList<AITool>? Unwrap(IList<AITool>? tools) =>
        tools?.Any(static tool => tool is RecordedFunction) == true
            ? [.. tools.Select(static tool => tool is RecordedFunction recorded ? recorded.InnerFunction : tool)]
            : tools;

    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        // Asked for first: the tool may run agents of its own. One that is called by another tool is not what the model called.
        var context = FunctionInvokingChatClient.CurrentContext;
        var run = context is not null && ReferenceEquals(context.Function.GetService<RecordedFunction>(), this) ? _findRun(context) : null;
        var start = run?.TimeProvider.GetTimestamp() ?? 0;
        object? result;
        // A tool that asks for a run of its own agent would wait for itself, and a tool that takes its time keeps its run alive.
        using var flow = run?.Enter();
        try
        {
            result = await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        catch when (run is not null)
        {
            // A caller that has cancelled does not come back with the results.
            await run.RecordFailureAsync(isLast: cancellationToken.IsCancellationRequested).ConfigureAwait(false);
            throw;
        }

        if (run is not null)
        {
            await run.RecordAsync(context!, result, run.TimeProvider.GetElapsedTime(start)).ConfigureAwait(false);
        }

        return result;
    }
}
