using Microsoft.Agents.AI;

namespace SessionManager.Internal;

/// <summary>
/// The stream of a run that is led: whatever ends it before its end, what has arrived of it is stored.
/// </summary>
internal sealed class LedStream(AgentRun run, IAsyncEnumerator<AgentResponseUpdate> updates) : IAsyncDisposable
{
    private bool _hasEnded;
    private Exception? _error;

    public AgentResponseUpdate Current => updates.Current;

    public async ValueTask<bool> MoveNextAsync()
    {
        // An async iterator gets the context of its consumer at every step, in which the run is not set.
        AgentRun.Current = run;
        try
        {
            if (await updates.MoveNextAsync().ConfigureAwait(false))
            {
                run.AddUpdate(updates.Current);
                return true;
            }

            _hasEnded = true;
            return false;
        }
        catch (Exception e)
        {
            _error = e;
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        AgentRun.Current = run;
        try
        {
            await updates.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!_hasEnded)
            {
                await run.RescueAsync(_error).ConfigureAwait(false);
            }
        }
    }
}
