using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// Imports that are interrupted: a session is there whole or not at all, and another import ends the same.
/// </summary>
public sealed class ImportTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IDisposable
{
    private const int Count = 1_500;

    private readonly Random _random = new(TestContext.Current.TestMethod!.UniqueID.GetHashCode(StringComparison.Ordinal));
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"session-import-{Guid.NewGuid():N}.jsonl");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task ImportAsync_ProcessKilledAtAnyPoint_TheNextOneEndsTheSame()
    {
        for (var round = Rounds.Get(4); round > 0; round--)
        {
            await using var child = await ChildProcess.StartAsync(database.ConnectionString, database.DatabaseName);
            var (_, first) = await CreateFileAsync();
            await File.WriteAllBytesAsync(_path, first, Cancellation);
            Assert.Equal("1", await child.AskAsync($"import s a {_path}"));
            var (sessionId, file) = await CreateFileAsync();
            await File.WriteAllBytesAsync(_path, file, Cancellation);

            await child.SendAsync($"import s a {_path}");
            await Task.Delay(_random.Next(250), Cancellation);
            await child.KillAsync();

            var wasThere = await database.Factory.Create(sessionId).SessionExistsAsync(Cancellation);
            var result = await ImportAsync(file);
            Assert.Equal((wasThere ? 0 : 1, wasThere ? 1 : 0), (result.SessionCount, result.SkippedCount));
            Assert.Equal(file, await ExportAsync(database.Storage, sessionId));
        }
    }

    [Fact]
    public async Task ImportAsync_DeletedOrSweptMeanwhile_IsThereWholeOrNotAtAll()
    {
        for (var round = 0; round < 6; round++)
        {
            var (sessionId, file) = await CreateFileAsync();
            var import = ImportAsync(file);
            for (var i = 0; i < 3; i++)
            {
                await Task.Delay(_random.Next(40), Cancellation);
                await database.Storage.DeleteSessionAsync(sessionId, Cancellation);
            }

            Assert.True(await Record.ExceptionAsync(() => import) is null or InvalidOperationException);
            if (await database.Factory.Create(sessionId).SessionExistsAsync(Cancellation))
            {
                Assert.Equal(Count, await database.Factory.Create(sessionId).GetMessageCountAsync("support", Cancellation));
                await database.Storage.DeleteSessionAsync(sessionId, Cancellation);
            }

            // What was left does not come back.
            Assert.Equal(1, (await ImportAsync(file)).SessionCount);
            var messages = await database.Factory.Create(sessionId).ListMessagesAsync("support", cancellationToken: Cancellation);
            Assert.Equal(Enumerable.Range(0, Count), messages.Select(message => message.Position));
        }
    }

    [Fact]
    public async Task ImportAsync_OtherMessagesWereLeftBehind_FailsOnceAndThenIsWhole()
    {
        var (sessionId, file) = await CreateFileAsync();
        var text = Encoding.UTF8.GetString(file);
        var other = text.Replace("1300 xxx", "1300 yyy", StringComparison.Ordinal);
        var cut = Encoding.UTF8.GetBytes(other[..(other.Length - 200)]);
        await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(cut));

        await Assert.ThrowsAsync<InvalidOperationException>(() => ImportAsync(file));
        Assert.False(await database.Factory.Create(sessionId).SessionExistsAsync(Cancellation));

        Assert.Equal(1, (await ImportAsync(file)).SessionCount);
        var messages = await database.Factory.Create(sessionId).ListMessagesAsync("support", cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Range(0, Count), messages.Select(message => message.Position));
        Assert.StartsWith("1300 xxx", messages[1300].Message.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportAsync_MoreMessagesWereLeftBehind_FailsOnceAndThenIsWhole()
    {
        var (sessionId, file) = await CreateFileAsync();
        await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(file[..^200]));
        var lines = Encoding.UTF8.GetString(file).TrimEnd('\n').Split('\n');
        var shorter = string.Join('\n', lines[..^302].Concat(lines[^2..])).Replace(
            $"\"messages\":{{\"$numberLong\":\"{Count}\"}}", $"\"messages\":{{\"$numberLong\":\"{Count - 300}\"}}", StringComparison.Ordinal);

        await Assert.ThrowsAsync<InvalidOperationException>(() => ImportAsync(Encoding.UTF8.GetBytes(shorter)));
        Assert.Equal(1, (await ImportAsync(Encoding.UTF8.GetBytes(shorter))).SessionCount);

        Assert.Equal(Count - 300, await database.Factory.Create(sessionId).GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task ImportAsync_SessionsExpire_ThoseOfAFileDoToo()
    {
        await using var services = database.CreateServices(options => (options.CollectionName, options.SessionTtl) = ("expiring", TimeSpan.FromDays(30)));
        var (sessionId, file) = await CreateFileAsync();

        using var stream = new MemoryStream(file);
        await services.GetRequiredService<SessionCatalog>().ImportAsync(stream, Cancellation);

        var session = await database.Database.GetCollection<BsonDocument>("expiring").Find(new BsonDocument("_id", sessionId)).SingleAsync(Cancellation);
        var messages = await database.Database.GetCollection<BsonDocument>("expiring_messages").Find(new BsonDocument("session_id", sessionId)).ToListAsync(Cancellation);
        Assert.Equal(Count, messages.Count);
        Assert.All(messages, message => Assert.Equal(session["messages_expire_at"], message["expires_at"]));
        Assert.True(session["expires_at"].ToUniversalTime() > DateTime.UtcNow.AddDays(30));
        Assert.Equal(file, await ExportAsync(services.GetRequiredService<SessionStorageProvider>().DefaultStorage, sessionId));
    }

    private static async Task<(string SessionId, byte[] File)> CreateFileAsync()
    {
        var services = new ServiceCollection();
        services.AddInMemorySessionManager();
        await using var provider = services.BuildServiceProvider();
        var sessionId = DatabaseFixture.NewSessionId();
        var session = provider.GetRequiredService<ISessionManagerFactory>().Create(sessionId);
        var agent = Agents.Support();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([.. Enumerable.Range(0, Count).Select(i => new ChatMessage(ChatRole.User, $"{i} {new string('x', 500)}"))], agent, Cancellation);
        return (sessionId, await ExportAsync(provider.GetRequiredService<SessionStorageProvider>().DefaultStorage, sessionId));
    }

    private static async Task<byte[]> ExportAsync(SessionStorage storage, string sessionId)
    {
        using var file = new MemoryStream();
        await storage.Catalog!.ExportAsync(SessionKey.Parse(sessionId), file, Cancellation);
        return file.ToArray();
    }

    private async Task<ImportResult> ImportAsync(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return await database.Storage.Catalog!.ImportAsync(stream, Cancellation);
    }
}
