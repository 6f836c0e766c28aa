namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Bounds the messages that are on their way at a time, in number and bytes. A call that finds no room waits, first come
/// first served.
/// </summary>
/// <remarks>
/// A message is made into bytes only after it was let in, so what waits takes no memory but the caller's own. Since its
/// size is known only then, the bytes may exceed their bound by the messages that are being made at that moment.
/// </remarks>
internal sealed class AppendBudget(int maxMessages, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private int _messages;
    private long _bytes;

    // Room for one message is room for all of a call: a call larger than the bound could never enter otherwise.
    private bool HasRoom => _messages < maxMessages && _bytes < maxBytes;

    /// <summary>
    /// Waits until there is room for messages. Dispose the result to give it back.
    /// </summary>
    /// <param name="count">The number of messages, which go together: those of one call may exceed the bound.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public ValueTask<Share> EnterAsync(int count, CancellationToken cancellationToken)
    {
        LinkedListNode<Waiter> waiter;
        lock (_lock)
        {
            if (_waiting.Count == 0 && HasRoom)
            {
                _messages += count;
                return new ValueTask<Share>(new Share(this, count));
            }

            waiter = _waiting.AddLast(new Waiter(count));
        }

        return WaitAsync(waiter, cancellationToken);
    }

    private async ValueTask<Share> WaitAsync(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (budget, waiter) = ((AppendBudget, LinkedListNode<Waiter>))state!;
                budget.Cancel(waiter, token);
            },
            (this, waiter)))
        {
            await waiter.Value.Task.ConfigureAwait(false);
        }

        return new Share(this, waiter.Value.Count);
    }

    private void Cancel(LinkedListNode<Waiter> waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // It has been let in meanwhile: its room is taken, and the call that gets it gives it back.
            if (waiter.List is null)
            {
                return;
            }

            _waiting.Remove(waiter);
        }

        waiter.Value.SetCanceled(cancellationToken);
    }

    private void Add(long bytes)
    {
        lock (_lock)
        {
            _bytes += bytes;
        }
    }

    private void Leave(int count, long bytes)
    {
        lock (_lock)
        {
            _messages -= count;
            _bytes -= bytes;
            while (HasRoom && _waiting.First is { } waiter)
            {
                _waiting.RemoveFirst();
                _messages += waiter.Value.Count;
                waiter.Value.SetResult();
            }
        }
    }

    /// <summary>
    /// The room that messages take, until it is disposed.
    /// </summary>
    public sealed class Share(AppendBudget budget, int count) : IDisposable
    {
        private long _bytes;

        /// <summary>
        /// Notes how large the messages have turned out to be.
        /// </summary>
        public void Take(long bytes)
        {
            _bytes = bytes;
            budget.Add(bytes);
        }

        public void Dispose() => budget.Leave(count, _bytes);
    }

    // Set inside the lock, so that callers must go on elsewhere.
    private sealed class Waiter(int count) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Count => count;
    }
}
