using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.Tests.Processes;

public sealed class FileLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("file-lock-").FullName;

    private string File => Path.Combine(_folder, "lock");

    [Fact]
    public async Task Wait_WhileAnotherHoldsTheLock_WaitsForIt()
    {
        var first = await FileLock.WaitAsync(File, TestContext.Current.CancellationToken);
        var second = FileLock.WaitAsync(File, TestContext.Current.CancellationToken);

        Assert.False(second.IsCompleted);
        Assert.Null(FileLock.TryTake(File, FileMode.Open));
        await first.DisposeAsync();

        await using var taken = await second;
        Assert.NotNull(taken);
    }

    [Fact]
    public async Task Wait_Cancelled_GivesUp()
    {
        await using var first = await FileLock.WaitAsync(File, TestContext.Current.CancellationToken);
        using var cancellation = new CancellationTokenSource();
        var second = FileLock.WaitAsync(File, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public void TryTake_OfAFileThatIsGone_TakesNothing() => Assert.Null(FileLock.TryTake(File, FileMode.Open));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
