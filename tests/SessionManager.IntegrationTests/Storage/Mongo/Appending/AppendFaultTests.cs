using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer;

namespace SessionManager.IntegrationTests.Storage.Mongo.Appending;

/// <summary>
/// What a server says while it stops, fails over or loses a connection: each message is stored once, and what is not safe is told.
/// </summary>
[Trait("Server", "Gateway")]
public sealed class AppendFaultTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Many = 300;
    private const int WriteConcernTimeout = 64;

    // What MongoDB's drivers take for a server that is about to be another one, and a router's that finds no primary.
    private static readonly int[] PassingCodes = [6, 7, 89, 91, 133, 189, 262, 9001, 10107, 11600, 11602, 13435];

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly CommandRecorder _commands = new();
    private ServiceProvider _services = null!;

    public static TheoryData<int, int> CodesAndCounts { get; } = [.. from code in PassingCodes from count in new[] { 1, 3 } select (code, count)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SessionStorage Storage => _services.GetRequiredService<SessionStorageProvider>().DefaultStorage;

    // The driver's own second attempt comes before the library's where there is one, so there is none.
    public ValueTask InitializeAsync()
    {
        _services = database.CreateServices(options => options.RetryWrites = false, _commands);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task Append_ReplyLost_ReadsWhatIsStoredOnceAndSendsTheRestOnce()
    {
        await using var lost = await SetAsync(FailPointNames.LoseReply, Of("insert"), times: 1);

        var positions = await AppendAsync(Many);

        Assert.Equal(1, await lost.TurnOffAsync());
        Assert.Equal(Enumerable.Range(0, Many), positions);
        Assert.Equal(["insert", "find", "insert"], _commands.Names);
        Assert.Single(_commands.Commands[^1]["documents"].AsBsonArray);
        await AssertStoredAsync(Many);
    }

    [Fact]
    public async Task Append_WriteConflictInTheMiddle_ReadsWhatIsStoredOnceAndSendsTheRestOnce()
    {
        await using var conflict = await SetAsync(FailPointNames.FailStatements, Failing(Many / 2, code: 112), times: 1);

        await AppendAsync(Many);

        Assert.Equal(["insert", "find", "insert"], _commands.Names);
        Assert.Equal(Many / 2, _commands.Commands[^1]["documents"].AsBsonArray.Count);
        await AssertStoredAsync(Many);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Append_ReplyLostAndWriteConcernNotMetWhenItIsSentAgain_ThrowsThat(int count)
    {
        // Stored on this server, and on too few others: what the application has asked for is not so.
        await using var concern = await SetAsync(FailPointNames.FailCommand, Of("insert").Add("writeConcernError", ConcernError(WriteConcernTimeout)));
        await using var lost = await SetAsync(FailPointNames.LoseReply, Of("insert"), times: 1);

        var error = await Assert.ThrowsAsync<MongoWriteException>(() => AppendAsync(count));

        Assert.Equal(WriteConcernTimeout, error.WriteConcernError.Code);
        Assert.Null(error.WriteError);
        await AssertStoredAsync(count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Append_WriteConcernNotMet_ThrowsThat(int count)
    {
        await using var concern = await SetAsync(FailPointNames.FailCommand, Of("insert").Add("writeConcernError", ConcernError(WriteConcernTimeout)));

        var error = await Assert.ThrowsAsync<MongoWriteException>(() => AppendAsync(count));

        Assert.Equal(WriteConcernTimeout, error.WriteConcernError.Code);
        await AssertStoredAsync(count);
    }

    [Theory]
    [MemberData(nameof(CodesAndCounts))]
    public async Task Append_ServerAboutToGo_IsSentAgain(int code, int count)
    {
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of("insert").Add("errorCode", code), times: 2);

        await AppendAsync(count);

        Assert.Equal(2, await fault.TurnOffAsync());
        await AssertStoredAsync(count);
    }

    [Theory]
    [MemberData(nameof(CodesAndCounts))]
    public async Task Append_ServerAboutToGoByAWriteError_IsSentAgain(int code, int count)
    {
        await using var fault = await SetAsync(FailPointNames.FailStatements, Failing(count - 1, code), times: 2);

        await AppendAsync(count);

        await AssertStoredAsync(count);
    }

    [Theory]
    [MemberData(nameof(CodesAndCounts))]
    public async Task Append_ServerAboutToGoByAWriteConcernError_IsSentAgain(int code, int count)
    {
        await using var fault = await SetAsync(FailPointNames.FailCommand, Of("insert").Add("writeConcernError", ConcernError(code)), times: 1);

        await AppendAsync(count);

        Assert.Equal(1, await fault.TurnOffAsync());
        await AssertStoredAsync(count);
    }

    [Fact]
    public async Task Append_ErrorWithTheLabelOfRetryableWrites_IsSentAgain()
    {
        var data = Of("insert").Add("errorCode", 8000).Add("errorLabels", new BsonArray { "RetryableWriteError" });
        await using var fault = await SetAsync(FailPointNames.FailCommand, data, times: 1);

        await AppendAsync(1);

        await AssertStoredAsync(1);
    }

    [Fact]
    public async Task Append_ServerThatStaysSo_ThrowsItsErrorInTheEnd()
    {
        await using var fault = await SetAsync(FailPointNames.FailStatements, Failing(0, code: 91));

        var error = await Assert.ThrowsAsync<MongoWriteException>(() => AppendAsync(1));

        Assert.Equal(91, error.WriteError.Code);
        Assert.Empty(await database.FindMessagesAsync(_sessionId));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Append_GroupOfWhichSomeMeetAPassingError_StoresEachOnce(int each)
    {
        const int Callers = 60;
        await using var fault = await SetAsync(FailPointNames.FailStatements, Failing(5, code: 11602), times: 2);

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => AppendAsync(each, $"{_sessionId}-{i}")));

        for (var i = 0; i < Callers; i++)
        {
            await AssertStoredAsync(each, $"{_sessionId}-{i}");
        }
    }

    private static BsonDocument ConcernError(int code) => new() { { "code", code }, { "errmsg", "not as safe as asked for" } };

    private BsonDocument Of(string command) => new()
    {
        { "failCommands", new BsonArray { command } },
        { "namespace", database.Messages.CollectionNamespace.FullName },
    };

    private BsonDocument Failing(int index, int code) => new()
    {
        { "namespace", database.Messages.CollectionNamespace.FullName },
        { "writeErrors", new BsonArray { new BsonDocument { { "index", index }, { "code", code }, { "errmsg", "passing" } } } },
    };

    private Task<FailPoint> SetAsync(string name, BsonDocument data, int? times = null) =>
        FailPoint.SetAsync(database.Database.Client, name, data, times);

    private Task<IReadOnlyList<int>?> AppendAsync(int count, string? sessionId = null) => Storage.AppendMessagesAsync(
        sessionId ?? _sessionId, new AgentBranch("support", 0), [.. Enumerable.Range(0, count).Select(i => Agents.User($"{i}"))], 0, null, onlyThere: false, Cancellation);

    private async Task AssertStoredAsync(int count, string? sessionId = null)
    {
        var stored = await database.FindMessagesAsync(sessionId ?? _sessionId);
        Assert.Equal(Enumerable.Range(0, count), stored.Select(message => message["message_id"].AsInt32));
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), stored.Select(message => message["message"]["content"][0]["text"].AsString));
    }
}
