namespace SessionManager.IntegrationTests.Sessions;

public sealed class CancelledBeforeTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly CancellationToken _cancelled = new(canceled: true);
    private ISessionManager _session = null!;
    private AgentBranch _branch = null!;

    public static TheoryData<string> ManagerCalls => [.. ApiCalls.OfManager.Keys];

    public static TheoryData<string> ManagerCallsWithAgent => [.. ApiCalls.OfManagerWithAgent.Keys];

    public static TheoryData<string> StorageCalls => [.. ApiCalls.OfStorage.Keys];

    public static TheoryData<string> AllSessionsCalls => [.. ApiCalls.OfAllSessions.Keys];

    public static TheoryData<string> StorageCallsWithAgent => [.. ApiCalls.OfStorageWithAgent.Keys];

    public static TheoryData<string> StorageCallsWithBranch => [.. ApiCalls.OfStorageWithBranch.Keys];

    public async ValueTask InitializeAsync()
    {
        _session = database.Factory.Create(_sessionId);
        await _session.InitializeAsync(Agents.Support(), TestContext.Current.CancellationToken);
        _branch = await database.BranchAsync(_sessionId);
        database.Commands.Clear();
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [MemberData(nameof(ManagerCalls))]
    public Task ManagerCall_CancelledBefore_SendsNothing(string call) =>
        AssertNothingSentAsync(() => ApiCalls.OfManager[call](_session, _cancelled));

    [Theory]
    [MemberData(nameof(ManagerCallsWithAgent))]
    public async Task ManagerCallWithAgent_CancelledBefore_SendsNothing(string call)
    {
        await AssertNothingSentAsync(() => ApiCalls.OfManagerWithAgent[call](_session, "support", _cancelled));
        await AssertNothingSentAsync(() => ApiCalls.OfManagerWithAgent[call](_session, "new", _cancelled));
    }

    [Theory]
    [MemberData(nameof(StorageCalls))]
    public Task StorageCall_CancelledBefore_SendsNothing(string call) =>
        AssertNothingSentAsync(() => ApiCalls.OfStorage[call](database.Storage, _sessionId, _cancelled));

    [Theory]
    [MemberData(nameof(StorageCallsWithAgent))]
    public Task StorageCallWithAgent_CancelledBefore_SendsNothing(string call) =>
        AssertNothingSentAsync(() => ApiCalls.OfStorageWithAgent[call](database.Storage, _sessionId, "support", _cancelled));

    [Theory]
    [MemberData(nameof(StorageCallsWithBranch))]
    public Task StorageCallWithBranch_CancelledBefore_SendsNothing(string call) =>
        AssertNothingSentAsync(() => ApiCalls.OfStorageWithBranch[call](database.Storage, _sessionId, _branch, _cancelled));

    [Theory]
    [MemberData(nameof(AllSessionsCalls))]
    public Task AllSessionsCall_CancelledBefore_SendsNothing(string call) =>
        AssertNothingSentAsync(() => ApiCalls.OfAllSessions[call](database.Storage, _cancelled));

    [Fact]
    public async Task ListMessagesAsync_NoneAskedForButCancelled_Throws()
    {
        var none = new MessageQuery { Limit = 0 };

        await AssertNothingSentAsync(() => _session.ListMessagesAsync("support", none, _cancelled));
        await AssertNothingSentAsync(() => _session.StreamMessagesAsync("support", none, _cancelled).CountAsync(CancellationToken.None).AsTask());
    }

    private async Task AssertNothingSentAsync(Func<Task> call)
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(call);

        Assert.Empty(database.Commands.Names);
    }
}
