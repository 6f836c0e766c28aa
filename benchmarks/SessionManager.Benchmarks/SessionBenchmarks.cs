using BenchmarkDotNet.Attributes;

namespace SessionManager.Benchmarks;

/// <summary>
/// Benchmarks over one stored session, in a database of its own.
/// </summary>
public abstract class SessionBenchmarks
{
    private BenchmarkDatabase? _database;

    private protected BenchmarkDatabase Database => _database!;

    private protected ISessionManagerFactory Factory => Database.Factory;

    private protected ISessionManager Session { get; private set; } = null!;

    private protected SessionAgent Agent { get; private set; } = null!;

    private protected RawSession Raw { get; private set; } = null!;

    private protected virtual int StoredMessages => 0;

    // False where both can work on the same session.
    private protected virtual bool HasOwnRawSession => false;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _database = new BenchmarkDatabase();
        (Session, Agent) = await _database.AddSessionAsync(StoredMessages);
        Raw = _database.GetRaw(HasOwnRawSession ? BenchmarkDatabase.NewSessionId() : Session.SessionId);
        await PrepareAsync();
    }

    [GlobalCleanup]
    public async Task CleanupAsync() => await Database.DisposeAsync();

    private protected virtual Task PrepareAsync() => Task.CompletedTask;
}
