namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Bounds the messages that are on their way at a time, in number and bytes. Who finds no room waits, first come first
/// served.
/// </summary>
/// <remarks>
/// A message is made into bytes only after it was let in, so what waits takes no memory but the caller's own. Since its
/// size is known only then, the bytes may exceed their bound by the messages that are being made at that moment.
/// </remarks>
internal sealed class AppendBudget(int maxMessages, long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _messages;
    private long _bytes;

    private bool HasRoom => _messages < maxMessages && _bytes < maxBytes;

    /// <summary>
    /// Waits until there is room for a message. Dispose the result to give it back.
    /// </summary>
    public ValueTask<Share> EnterAsync(CancellationToken cancellationToken)
    {
        LinkedListNode<TaskCompletionSource> waiter;
        lock (_lock)
        {
            if (_waiting.Count == 0 && HasRoom)
            {
                _messages++;
                return new ValueTask<Share>(new Share(this));
            }

            waiter = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return WaitAsync(waiter, cancellationToken);
    }

    private async ValueTask<Share> WaitAsync(LinkedListNode<TaskCompletionSource> waiter, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (budget, waiter) = ((AppendBudget, LinkedListNode<TaskCompletionSource>))state!;
                budget.Cancel(waiter, token);
            },
            (this, waiter)))
        {
            await waiter.Value.Task.ConfigureAwait(false);
        }

        return new Share(this);
    }

    private void Cancel(LinkedListNode<TaskCompletionSource> waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
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

    private void Leave(long bytes)
    {
        lock (_lock)
        {
            _messages--;
            _bytes -= bytes;
            while (HasRoom && _waiting.First is { } waiter)
            {
                _waiting.RemoveFirst();
                _messages++;
                waiter.Value.SetResult();
            }
        }
    }

    /// <summary>
    /// The room that a message takes, until it is disposed.
    /// </summary>
    public sealed class Share(AppendBudget budget) : IDisposable
    {
        private long _bytes;

        /// <summary>
        /// Notes how large the message has turned out to be.
        /// </summary>
        public void Take(long bytes)
        {
            _bytes = bytes;
            budget.Add(bytes);
        }

        public void Dispose() => budget.Leave(_bytes);
    }
}
