namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Lets the writers of this process append to an agent one after the other, in the order in which they came.
/// </summary>
/// <remarks>
/// Managers of the same agent would only race for the next position, and all but one would lose. Agents do not wait for
/// each other.
/// </remarks>
internal sealed class AgentTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string SessionId, string AgentId), Line> _lines = [];

    /// <summary>
    /// Waits until everyone who came before has left. Dispose the result to leave.
    /// </summary>
    public async ValueTask<Turn> EnterAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var key = (sessionId, agentId);
        Line? line;
        lock (_lock)
        {
            if (!_lines.TryGetValue(key, out line))
            {
                _lines.Add(key, line = new Line());
            }

            line.Count++;
        }

        var turn = new Turn(this, key, line);
        try
        {
            await line.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Leave(key, line);
            throw;
        }

        return turn;
    }

    private void Leave((string SessionId, string AgentId) key, Line line)
    {
        lock (_lock)
        {
            if (--line.Count == 0)
            {
                _lines.Remove(key);
            }
        }
    }

    /// <summary>
    /// The right to append to an agent, until it is disposed.
    /// </summary>
    public readonly struct Turn(AgentTurns turns, (string SessionId, string AgentId) key, Line line) : IDisposable
    {
        /// <summary>
        /// Gets the id that the next message gets, or the lowest one that it can get as far as is known here.
        /// </summary>
        public int? GetNextMessageId(int? expected) => line.NextPosition is { } next && !(expected >= next) ? next : expected;

        /// <summary>
        /// Tells those who wait what to go on from.
        /// </summary>
        public void Appended(int position) => line.NextPosition = position + 1;

        public void Dispose()
        {
            line.Gate.Release();
            turns.Leave(key, line);
        }
    }

    /// <summary>
    /// Those who append to one agent, for as long as there is anyone.
    /// </summary>
    internal sealed class Line
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public int Count { get; set; }

        public int? NextPosition { get; set; }
    }
}
