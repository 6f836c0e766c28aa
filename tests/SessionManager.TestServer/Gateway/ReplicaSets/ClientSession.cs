namespace SessionManager.TestServer.Gateway.ReplicaSets;

/// <summary>What a logical session of a client has written under its latest transaction number.</summary>
internal sealed class ClientSession
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, StatementResult> _statements = [];
    private long _transactionNumber = -1;
    private Task _last = Task.CompletedTask;

    /// <summary>Gets or sets the reply to the findAndModify, which is a command of one statement.</summary>
    public ReadOnlyMemory<byte>? FindAndModifyReply { get; set; }

    /// <summary>Executes a command when those of the session before it have ended: a retry may come before that.</summary>
    public Task<ReadOnlyMemory<byte>> ExecuteAsync(Func<Task<ReadOnlyMemory<byte>>> executeAsync)
    {
        lock (_lock)
        {
            var mine = ExecuteAfterAsync(_last, executeAsync);
            _last = mine;
            return mine;
        }
    }

    /// <summary>Goes on with a transaction number, or begins with a higher one.</summary>
    public void Begin(long transactionNumber)
    {
        if (transactionNumber < _transactionNumber)
        {
            throw new CommandException(
                MongoError.TransactionTooOld,
                $"Retryable write with txnNumber {transactionNumber} is prohibited because a newer retryable write with "
                + $"txnNumber {_transactionNumber} has already started on this session.");
        }

        if (transactionNumber > _transactionNumber)
        {
            _transactionNumber = transactionNumber;
            _statements.Clear();
            FindAndModifyReply = null;
        }
    }

    public StatementResult? Find(int statementId) => _statements.GetValueOrDefault(statementId);

    public void Record(int statementId, StatementResult result) => _statements[statementId] = result;

    private static async Task<ReadOnlyMemory<byte>> ExecuteAfterAsync(
        Task last, Func<Task<ReadOnlyMemory<byte>>> executeAsync)
    {
        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await executeAsync();
    }
}
