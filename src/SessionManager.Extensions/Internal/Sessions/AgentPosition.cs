using SessionManager.Internal.Runs;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// The position that the next message of one agent gets, as far as this process knows, and the gate before it.
/// </summary>
/// <remarks>
/// It is a guess that saves a look-up, and no more: other processes append too, and a message whose position is taken gets
/// the next free one. Too low costs commands, too high would leave a gap; so only what is stored ever moves it up. Of the branches that are
/// appended to, it knows the newest.
/// </remarks>
internal sealed class AgentPosition
{
    private readonly Gate _gate = new();
    private readonly Lock _lock = new();
    private int _branch;
    private int? _next;
    private int _version;

    /// <summary>
    /// Gets those that wait for a run of the agent.
    /// </summary>
    public AgentQueue Queue { get; } = new();

    /// <summary>
    /// Gets the position on a branch, or null when it is not known.
    /// </summary>
    public int? FindNext(int branch)
    {
        lock (_lock)
        {
            return branch == _branch ? _next : null;
        }
    }

    /// <summary>
    /// Waits until the appends that came before have ended. Dispose the result to let the next one in.
    /// </summary>
    /// <remarks>Session managers of the same agent would only race for the position, and all but one would lose.</remarks>
    public ValueTask<Gate.Entry> EnterAsync(CancellationToken cancellationToken) => _gate.EnterAsync(cancellationToken);

    /// <summary>
    /// Begins to read where the history ends. The result tells <see cref="Loaded"/> whether something was appended since.
    /// </summary>
    public int BeginLoad()
    {
        lock (_lock)
        {
            return _version;
        }
    }

    /// <summary>
    /// Notes where the history ended when it was read, unless what was appended meanwhile tells it better.
    /// </summary>
    public void Loaded(int branch, int? next, int load)
    {
        lock (_lock)
        {
            if (branch >= _branch && _version == load)
            {
                (_branch, _next) = (branch, next);
            }
        }
    }

    /// <summary>
    /// Notes that messages are stored up to a position.
    /// </summary>
    public void Appended(int branch, int position)
    {
        lock (_lock)
        {
            if (branch >= _branch)
            {
                (_branch, _next) = (branch, position + 1);
                _version++;
            }
        }
    }

    /// <summary>
    /// Notes that the history is gone.
    /// </summary>
    public void Forget()
    {
        lock (_lock)
        {
            (_branch, _next) = (0, null);
            _version++;
        }
    }
}
