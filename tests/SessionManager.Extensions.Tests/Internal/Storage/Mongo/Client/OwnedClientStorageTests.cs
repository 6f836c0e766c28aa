using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Storage.Mongo.Client;

public sealed class OwnedClientStorageTests
{
    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dispose_OperationThatNeverEnds_EndsItAsDisposed()
    {
        await using var services = new ServiceCollection().BuildServiceProvider();
        using var source = MongoClientSource.Create(services, null, new() { ConnectionString = "mongodb://127.0.0.1:1" });
        var storage = new OwnedClientStorage(new EndlessStorage(), source);
        var read = storage.GetSessionAsync("s", Cancellation);
        var delete = storage.DeleteSessionAsync("s", Cancellation);
        var stream = storage.StreamMessagesAsync("s", new AgentBranch("a", 0), new MessageQuery(), Cancellation).CountAsync(Cancellation).AsTask();
        Assert.All((Task[])[read, delete, stream], operation => Assert.False(operation.IsCompleted));

        source.Dispose();

        foreach (var operation in (Task[])[read, delete, stream])
        {
            var exception = await Assert.ThrowsAsync<ObjectDisposedException>(() => operation.WaitAsync(Hang, Cancellation));
            Assert.Equal("SessionManager", exception.ObjectName);
        }
    }

    private sealed class EndlessStorage() : DelegatingSessionStorage(new FakeSessionStorage())
    {
        protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
            new TaskCompletionSource<SessionInfo?>().Task;

        protected override Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
            new TaskCompletionSource<bool>().Task;

        protected override async IAsyncEnumerable<SessionMessage> StreamMessagesCoreAsync(
            string sessionId, AgentBranch branch, MessageQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await new TaskCompletionSource().Task;
            yield break;
        }
    }
}
