using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.IntegrationTests.Storage.Mongo;

public sealed class BurstTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int Count = 1200;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_MoreAtOnceThanTheDriverLetsWait_AllSucceed()
    {
        // Its own limits are 500 operations that wait for a server, as at the start, and 500 that wait for a connection.
        await using var services = database.CreateServices(options =>
        {
            options.MaxPoolSize = 20;
            options.WaitQueueTimeout = TimeSpan.FromMinutes(1);
            options.ServerSelectionTimeout = TimeSpan.FromMinutes(1);
        });
        var factory = services.GetRequiredService<ISessionManagerFactory>();

        var counts = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => factory.Create("unknown").GetMessageCountAsync("support", Cancellation)));

        Assert.All(counts, count => Assert.Equal(0, count));
    }
}
