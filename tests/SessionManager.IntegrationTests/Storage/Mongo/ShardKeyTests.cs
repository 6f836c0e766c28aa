using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SessionManager.IntegrationTests.Sessions;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// On a sharded cluster each command goes to the one shard that has its session. The exceptions: creating indexes, which
/// is done on all shards, and <see cref="SessionCatalog.ListSessionsAsync"/>, which looks at all sessions.
/// </summary>
public sealed class ShardKeyTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CommandRecorder _commands = new();
    private ServiceProvider? _services;

    public static TheoryData<string, bool> ManagerCalls => Twice(ApiCalls.OfManager.Keys);

    public static TheoryData<string, bool> ManagerCallsWithAgent => Twice(ApiCalls.OfManagerWithAgent.Keys);

    public static TheoryData<string, bool> StorageCalls => Twice(ApiCalls.OfStorage.Keys);

    public static TheoryData<string, bool> StorageCallsWithAgent => Twice(ApiCalls.OfStorageWithAgent.Keys);

    public static TheoryData<string, bool> StorageCallsWithBranch => Twice(ApiCalls.OfStorageWithBranch.Keys);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ISessionManagerFactory Factory => _services!.GetRequiredService<ISessionManagerFactory>();

    private SessionStorage Storage => _services!.GetRequiredService<SessionStorageProvider>().DefaultStorage;

    public ValueTask DisposeAsync() => _services?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(ManagerCalls))]
    public Task ManagerCall_AnySession_SendsToItsShard(string call, bool expires) =>
        AssertTargetedAsync(expires, (session, _) => ApiCalls.OfManager[call](session, Cancellation));

    [Theory]
    [MemberData(nameof(ManagerCallsWithAgent))]
    public Task ManagerCallWithAgent_AnySession_SendsToItsShard(string call, bool expires) =>
        AssertTargetedAsync(expires, (session, agentId) => ApiCalls.OfManagerWithAgent[call](session, agentId, Cancellation));

    [Theory]
    [MemberData(nameof(StorageCalls))]
    public Task StorageCall_AnySession_SendsToItsShard(string call, bool expires) =>
        AssertTargetedAsync(expires, (session, _) => ApiCalls.OfStorage[call](Storage, session.SessionId, Cancellation));

    [Theory]
    [MemberData(nameof(StorageCallsWithAgent))]
    public Task StorageCallWithAgent_AnySession_SendsToItsShard(string call, bool expires) =>
        AssertTargetedAsync(expires, (session, agentId) => ApiCalls.OfStorageWithAgent[call](Storage, session.SessionId, agentId, Cancellation));

    [Theory]
    [MemberData(nameof(StorageCallsWithBranch))]
    public Task StorageCallWithBranch_AnySession_SendsToItsShard(string call, bool expires) => AssertTargetedAsync(expires, async (session, agentId) =>
    {
        var branch = await FindBranchAsync(session.SessionId, agentId);
        _commands.Clear();
        await ApiCalls.OfStorageWithBranch[call](Storage, session.SessionId, branch, Cancellation);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MetadataTool_AnyAction_SendsToTheShardOfTheSession(bool expires)
    {
        foreach (var action in (string[])["get", "update", "delete"])
        {
            await AssertTargetedAsync(expires, (session, _) => session
                .GetMetadataTool()
                .InvokeAsync(new() { ["action"] = action, ["metadata"] = new Dictionary<string, object?> { ["a"] = 1 }, ["keys"] = (string[])["a"] }, Cancellation)
                .AsTask());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InitializeAsync_LongHistory_SendsToTheShardOfTheSession(bool expires)
    {
        var session = await StartAsync(expires);
        await session.AppendMessagesAsync([.. Enumerable.Range(0, 300).Select(_ => Agents.User())], Agents.Support(), Cancellation);
        _commands.Clear();

        await session.InitializeAsync(Agents.Support(), Cancellation);

        Assert.Equal(["find", "find", "find"], _commands.Names);
        Assert.Equal(3, AssertTargeted(session));
    }

    [Fact]
    public async Task AppendMessagesAsync_IdsTaken_SendsToTheShardOfTheSession()
    {
        var session = await StartAsync(expires: false);
        var branch = await FindBranchAsync(session.SessionId, "support");
        _commands.Clear();

        await Storage.AppendMessagesAsync(session.SessionId, branch, [Agents.User(), Agents.User()], 0, null, onlyThere: false, Cancellation);

        Assert.Contains("find", _commands.Names);
        Assert.InRange(AssertTargeted(session), 4, 10);
    }

    private static TheoryData<string, bool> Twice(IEnumerable<string> calls) =>
        [.. calls.SelectMany(call => (TheoryDataRow<string, bool>[])[new(call, false), new(call, true)])];

    /// <summary>
    /// Makes a call for a session that is not there, then for one that is, with an agent that is not there and one that is.
    /// </summary>
    private async Task AssertTargetedAsync(bool expires, Func<ISessionManager, string, Task> callAsync)
    {
        var session = await StartAsync(expires);
        var sessionIds = 0;
        foreach (var (target, agentId) in ((ISessionManager, string)[])[(CreateSession(), "support"), (session, "new"), (session, "support")])
        {
            // So far that a write extends the life of the session and that of its messages.
            _time.Advance(Lifetime / 3);
            _commands.Clear();

            var error = await Record.ExceptionAsync(() => callAsync(target, agentId));

            Assert.True(error is null or SessionException, $"{error}");
            sessionIds += AssertTargeted(target);
        }

        Assert.NotEqual(0, sessionIds);
    }

    private int AssertTargeted(ISessionManager session)
    {
        var sessionIds = _commands.Commands.SelectMany(ShardKeys.Find).ToArray();
        // Or of its copy.
        Assert.All(sessionIds, sessionId => Assert.Contains(sessionId, (string[])[session.SessionId, ApiCalls.ToForkId(session.SessionId)]));
        return sessionIds.Length;
    }

    private async Task<ISessionManager> StartAsync(bool expires)
    {
        _services ??= database.CreateServices(
            options =>
            {
                options.CollectionName = expires ? "expiring" : "lasting";
                options.SessionTtl = expires ? Lifetime : null;
            },
            _commands,
            _time);
        var session = CreateSession();
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([Agents.User(), Agents.Assistant()], agent, Cancellation);
        return session;
    }

    private async Task<AgentBranch> FindBranchAsync(string sessionId, string agentId) =>
        await Storage.FindBranchAsync(sessionId, agentId, number: null, Cancellation) ?? new AgentBranch(agentId, 0);

    private ISessionManager CreateSession() => Factory.Create(DatabaseFixture.NewSessionId());
}
