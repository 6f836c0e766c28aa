using Microsoft.Extensions.AI;

namespace SessionManager.IntegrationTests.Storage.Mongo.Appending;

/// <summary>
/// Many session managers of one process that append to one agent.
/// </summary>
public sealed class ContendedAgentTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const int Managers = 64;

    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private ProxiedSessions _sessions = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sessions = await ProxiedSessions.StartAsync(database);

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    [Fact]
    public async Task AppendMessageAsync_ManyManagersOfOneAgent_NeverMeetInTheServer()
    {
        var managers = await StartAsync();

        var ids = await AppendAllAsync(i => managers[i].AppendMessageAsync(Agents.User($"m{i}"), Agents.Support(), Cancellation));

        // Racing for the next id, all but one would be refused every time.
        Assert.Equal(Enumerable.Repeat("insert", Managers), _sessions.Commands.Names);
        Assert.Equal(Enumerable.Range(0, Managers), ids);
        Assert.Equal(Enumerable.Range(0, Managers).Select(i => $"m{i}"), await TextsAsync());
    }

    [Fact]
    public async Task AppendMessageAsync_ManyManagersAgainAndAgain_KeepsTheOrderOfEach()
    {
        const int Each = 10;
        var managers = await StartAsync();

        var ids = await Task.WhenAll(managers.Select(async (manager, i) =>
        {
            var own = new List<int>();
            for (var n = 0; n < Each; n++)
            {
                own.Add(await manager.AppendMessageAsync(Agents.User($"m{i}-{n}"), Agents.Support(), Cancellation));
            }

            return own;
        }));

        Assert.Equal(Enumerable.Range(0, Managers * Each), ids.SelectMany(own => own).Order());
        var texts = await TextsAsync();
        Assert.Equal(Managers * Each, texts.Length);
        for (var i = 0; i < Managers; i++)
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(n => $"m{i}-{n}"), texts.Where(text => text.StartsWith($"m{i}-", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task AppendMessagesAsync_ManyManagersOfOneAgent_KeepsEachOnesTogether()
    {
        const int Each = 3;
        var managers = await StartAsync();

        await AppendAllAsync(async i => i % 2 == 0
            ? (await managers[i].AppendMessagesAsync(ToMessages(i, Each), Agents.Support(), Cancellation))[0]
            : await managers[i].AppendMessageAsync(Agents.User($"m{i}-0"), Agents.Support(), Cancellation));

        Assert.Equal(Enumerable.Repeat("insert", Managers), _sessions.Commands.Names);
        Assert.Equal(
            Enumerable.Range(0, Managers).SelectMany(i => ToMessages(i, i % 2 == 0 ? Each : 1)).Select(message => message.Text),
            await TextsAsync());
    }

    [Fact]
    public async Task AppendMessageAsync_ToTheStorageItself_StoresEachOnceWithoutGaps()
    {
        await StartAsync();
        var storage = _sessions.Storage;
        var branch = await database.BranchAsync(_sessionId);

        var ids = await AppendAllAsync(
            i => storage.AppendMessageAsync(_sessionId, branch, Agents.User($"m{i}"), nextPosition: null, metrics: null, Cancellation));

        Assert.Equal(Enumerable.Range(0, Managers), ids.Order());
        Assert.Equal(Enumerable.Range(0, Managers).OrderBy(i => ids[i]).Select(i => $"m{i}"), await TextsAsync());
    }

    [Fact]
    public async Task AppendMessageAsync_OneCancelledInTheLine_LetsTheOthersPass()
    {
        var managers = await StartAsync();
        using var cancellation = new CancellationTokenSource();

        var hold = _sessions.Proxy.HoldAnswersFrom("m0");
        var appends = managers
            .Select((manager, i) => manager.AppendMessageAsync(Agents.User($"m{i}"), Agents.Support(), i == 5 ? cancellation.Token : Cancellation))
            .ToArray();
        await hold.Reached.WaitAsync(Hang, Cancellation);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => appends[5]);
        hold.Release();
        await Task.WhenAll(appends.Where((_, i) => i != 5)).WaitAsync(Hang, Cancellation);

        Assert.Equal(Enumerable.Range(0, Managers).Except([5]).Select(i => $"m{i}"), await TextsAsync());
    }

    /// <summary>
    /// Appends by all managers, of which none is answered before all have called.
    /// </summary>
    private async Task<int[]> AppendAllAsync(Func<int, Task<int>> append)
    {
        _sessions.Commands.Clear();
        var hold = _sessions.Proxy.HoldAnswersFrom(_sessionId);
        var appends = Enumerable.Range(0, Managers).Select(append).ToArray();
        hold.Release();
        return await Task.WhenAll(appends).WaitAsync(Hang, Cancellation);
    }

    private async Task<ISessionManager[]> StartAsync()
    {
        var managers = Enumerable.Range(0, Managers).Select(_ => _sessions.Factory.Create(_sessionId)).ToArray();
        foreach (var manager in managers)
        {
            await manager.InitializeAsync(Agents.Support(), Cancellation);
        }

        return managers;
    }

    private static ChatMessage[] ToMessages(int i, int count) => [.. Enumerable.Range(0, count).Select(n => Agents.User($"m{i}-{n}"))];

    private async Task<string[]> TextsAsync() =>
        [.. (await database.FindMessagesAsync(_sessionId)).Select(message => message["message"]["content"][0]["text"].AsString)];
}
