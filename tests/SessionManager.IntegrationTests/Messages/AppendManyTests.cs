using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.IntegrationTests.Messages;

public sealed class AppendManyTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly SessionAgent _agent = Agents.Support();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("one", 1)]
    [InlineData("two", 1)]
    [InlineData("three", 1)]
    [InlineData("three", 2)]
    public async Task AppendMessagesAsync_AnswerLost_StoresEachMessageOnce(string lost, int times)
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options => options.ConnectionString = proxy.ConnectionString);
        var session = await StartAsync(services);

        proxy.CutBeforeAnswerTo(lost, times);
        var ids = await session.AppendMessagesAsync(Messages(), _agent, Cancellation);

        Assert.Equal([0, 1, 2], ids);
        Assert.Equal(["one", "two", "three"], await GetTextsAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AppendMessagesAsync_AnswerLostAndAnIdTakenMeanwhile_StoresEachMessageOnceInOrder(int times)
    {
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        await using var services = database.CreateServices(options => options.ConnectionString = proxy.ConnectionString);
        var session = await StartAsync(services);
        await database.Storage.AppendMessageAsync(_sessionId, await database.BranchAsync(_sessionId), Agents.User("other"), 0, null, Cancellation);

        proxy.CutBeforeAnswerTo("three", times);
        var ids = await session.AppendMessagesAsync(Messages(), _agent, Cancellation);

        Assert.Equal([1, 2, 3], ids);
        Assert.Equal(["other", "one", "two", "three"], await GetTextsAsync());
    }

    [Fact]
    public async Task AppendMessagesAsync_AnotherWriterInTheMiddle_GoesOnBehindIt()
    {
        await using var services = database.CreateServices();
        var session = await StartAsync(services);
        await database.Storage.AppendMessageAsync(_sessionId, await database.BranchAsync(_sessionId), Agents.User("other"), 1, null, Cancellation);

        var ids = await session.AppendMessagesAsync(Messages(), _agent, Cancellation);

        Assert.Equal([0, 2, 3], ids);
        Assert.Equal(["one", "other", "two", "three"], await GetTextsAsync());
    }

    [Fact]
    public async Task AppendMessagesAsync_OneTooLarge_StoresNone()
    {
        await using var services = database.CreateServices();
        var session = await StartAsync(services);

        await Assert.ThrowsAsync<MessageTooLargeException>(
            () => session.AppendMessagesAsync([Agents.User("one"), Agents.User(new string('x', 17 << 20))], _agent, Cancellation));

        Assert.Empty(await GetTextsAsync());
    }

    [Fact]
    public async Task AppendMessagesAsync_CancelledBefore_StoresNone()
    {
        await using var services = database.CreateServices();
        var session = await StartAsync(services);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.AppendMessagesAsync(Messages(), _agent, new CancellationToken(canceled: true)));

        Assert.Empty(await GetTextsAsync());
        Assert.Equal([0, 1, 2], await session.AppendMessagesAsync(Messages(), _agent, Cancellation));
    }

    [Fact]
    public async Task AppendMessagesAsync_WithMetrics_StoresThemBehindTheTimes()
    {
        await using var services = database.CreateServices();
        var session = await StartAsync(services);
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 3 }, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(5));

        await session.AppendMessagesAsync([Agents.User("one"), Agents.Assistant("two")], _agent, Cancellation);

        var stored = await database.FindMessagesAsync(_sessionId);
        string[] fields = ["_id", "session_id", "agent_id", "message_id", "branch", "append_id", "message", "redact_message", "created_at", "updated_at"];
        Assert.Equal(fields, stored[0].Names);
        Assert.Equal([.. fields, "event_loop_metrics"], stored[1].Names);
        Assert.Equal(3, stored[1]["event_loop_metrics"]["accumulated_usage"]["inputTokens"].AsInt32);
        Assert.Equal(20, stored[1]["event_loop_metrics"]["accumulated_metrics"]["latencyMs"].AsInt32);
    }

    private static ChatMessage[] Messages() => [Agents.User("one"), Agents.Assistant("two"), Agents.User("three")];

    private async Task<ISessionManager> StartAsync(IServiceProvider services)
    {
        var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        await session.InitializeAsync(_agent, Cancellation);
        return session;
    }

    private async Task<IEnumerable<string>> GetTextsAsync() =>
        (await database.FindMessagesAsync(_sessionId)).Select(message => message["message"]["content"][0]["text"].AsString);
}
