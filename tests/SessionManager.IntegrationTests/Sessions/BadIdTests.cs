using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.IntegrationTests.Sessions;

/// <summary>
/// Ids that are refused by every call before any I/O: nothing listens where half of these calls are made, and they would
/// end in a time-out instead.
/// </summary>
public sealed class BadIdTests : IClassFixture<DatabaseFixture>, IAsyncDisposable
{
    private readonly DatabaseFixture _database;
    private readonly ServiceProvider _unreachable;

    public BadIdTests(DatabaseFixture database)
    {
        _database = database;
        _unreachable = database.CreateServices(options => options.ConnectionString = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1");
        database.Commands.Clear();
    }

    public static TheoryData<string> ManagerCalls => [.. ApiCalls.OfManagerWithAgent.Keys];

    public static TheoryData<string> StorageCalls => [.. ApiCalls.OfStorage.Keys];

    public static TheoryData<string> StorageCallsWithAgent => [.. ApiCalls.OfStorageWithAgent.Keys];

    public static TheoryData<string> StorageCallsWithBranch => [.. ApiCalls.OfStorageWithBranch.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string[] BadIds =>
        [null!, "", " \t", new string('a', 256), new string('ä', 128), "a\0b", "\0", "first half of a pair \ud83d", "\ude42 second half"];

    private IServiceProvider[] Containers => [_database.Services, _unreachable];

    public ValueTask DisposeAsync() => _unreachable.DisposeAsync();

    [Theory]
    [MemberData(nameof(ManagerCalls))]
    public async Task ManagerCall_BadAgentId_ThrowsBeforeAnyCommand(string call)
    {
        foreach (var services in Containers)
        {
            var session = services.GetRequiredService<ISessionManagerFactory>().Create(DatabaseFixture.NewSessionId());

            await ThrowAsync(["agent", "agentId"], id => ApiCalls.OfManagerWithAgent[call](session, id, Cancellation));
        }

        Assert.Empty(_database.Commands.Names);
    }

    [Theory]
    [MemberData(nameof(StorageCalls))]
    public async Task StorageCall_BadSessionId_ThrowsBeforeAnyCommand(string call)
    {
        foreach (var services in Containers)
        {
            var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

            await ThrowAsync(["sessionId"], id => ApiCalls.OfStorage[call](storage, id, Cancellation));
        }

        Assert.Empty(_database.Commands.Names);
    }

    [Theory]
    [MemberData(nameof(StorageCallsWithAgent))]
    public async Task StorageCallWithAgent_BadId_ThrowsBeforeAnyCommand(string call)
    {
        foreach (var services in Containers)
        {
            var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

            await ThrowAsync(["sessionId"], id => ApiCalls.OfStorageWithAgent[call](storage, id, "support", Cancellation));
            await ThrowAsync(["agentId", "agent.AgentId", "update.AgentId", "feedback.AgentId", "feedback"], id => ApiCalls.OfStorageWithAgent[call](storage, "session", id, Cancellation));
        }

        Assert.Empty(_database.Commands.Names);
    }

    [Theory]
    [MemberData(nameof(StorageCallsWithBranch))]
    public async Task StorageCallWithBranch_BadSessionId_ThrowsBeforeAnyCommand(string call)
    {
        foreach (var services in Containers)
        {
            var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

            await ThrowAsync(["sessionId"], id => ApiCalls.OfStorageWithBranch[call](storage, id, new AgentBranch("support", 0), Cancellation));
        }

        Assert.Empty(_database.Commands.Names);
    }

    [Fact]
    public Task AgentBranch_BadAgentId_Throws() => ThrowAsync(["agentId"], id => Task.FromResult(new AgentBranch(id, 0)));

    private static async Task ThrowAsync(string[] paramNames, Func<string, Task> call)
    {
        foreach (var id in BadIds)
        {
            var error = await Record.ExceptionAsync(() => call(id));

            Assert.Contains(Assert.IsAssignableFrom<ArgumentException>(error).ParamName, paramNames);
        }
    }
}
