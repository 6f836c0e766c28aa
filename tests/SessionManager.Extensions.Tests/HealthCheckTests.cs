using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SessionManager;

public sealed class HealthCheckTests
{
    private readonly FakeSessionStorage _storage = new();
    private readonly ServiceCollection _services = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_AnAnswer_IsHealthyAfterOnePing()
    {
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck();

        var entry = Assert.Single((await CheckAsync()).Entries);

        Assert.Equal(("SessionManager", HealthStatus.Healthy), (entry.Key, entry.Value.Status));
        Assert.Equal(["ping"], _storage.Operations);
    }

    [Fact]
    public async Task Check_NoAnswer_IsUnhealthyWithTheExceptionAndNothingOfItsMessage()
    {
        _storage.Failure = new TimeoutException("canary-host did not answer");
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck();

        var entry = (await CheckAsync()).Entries["SessionManager"];

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Same(_storage.Failure, entry.Exception);
        Assert.Equal("Sessions cannot be reached (TimeoutException).", entry.Description);
    }

    [Fact]
    public async Task Check_KeyedRegistrations_HaveOneEach()
    {
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck();
        _services.AddFakeSessionManager(new FakeSessionStorage { Failure = new TimeoutException() }, "eu").AddHealthCheck();

        var entries = (await CheckAsync()).Entries;

        Assert.Equal(HealthStatus.Healthy, entries["SessionManager"].Status);
        Assert.Equal(HealthStatus.Unhealthy, entries["SessionManager:eu"].Status);
        Assert.Equal(2, entries.Count);
    }

    [Fact]
    public async Task AddHealthCheck_AgainUnderTheSameName_ChangesNothing()
    {
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck(failureStatus: HealthStatus.Degraded).AddHealthCheck();

        Assert.Single((await CheckAsync()).Entries);
        Assert.Equal(HealthStatus.Degraded, Assert.Single(GetRegistrations()).FailureStatus);
    }

    [Fact]
    public async Task AddHealthCheck_UnderASecondName_AddsASecondCheck()
    {
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck("ready").AddHealthCheck("live");

        Assert.Equal(["live", "ready"], (await CheckAsync()).Entries.Keys.Order());
    }

    [Fact]
    public async Task AddHealthCheck_NameOfAnotherRegistration_IsRefusedByTheReport()
    {
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck("sessions");
        _services.AddFakeSessionManager(_storage, "eu").AddHealthCheck("sessions");

        var exception = await Assert.ThrowsAsync<ArgumentException>(CheckAsync);

        Assert.Contains("sessions", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddHealthCheck_EveryArgument_ReachesTheRegistration()
    {
        _services.AddFakeSessionManager(_storage).AddHealthCheck("sessions", HealthStatus.Degraded, ["ready"], TimeSpan.FromSeconds(3));

        var registration = Assert.Single(GetRegistrations());

        Assert.Equal(
            ("sessions", HealthStatus.Degraded, "ready", TimeSpan.FromSeconds(3)),
            (registration.Name, registration.FailureStatus, Assert.Single(registration.Tags), registration.Timeout));
    }

    [Fact]
    public async Task Check_Cancelled_ThrowsAndReportsNothing()
    {
        using var source = new CancellationTokenSource();
        _services.AddLogging().AddFakeSessionManager(_storage).AddHealthCheck();
        await using var provider = _services.BuildStrictly();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(source.Token));
    }

    [Fact]
    public async Task Check_SessionsInMemory_AreHealthy()
    {
        _services.AddLogging().AddInMemorySessionManager().AddHealthCheck();

        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }

    [Fact]
    public async Task Check_MongoReplacedBySessionsInMemory_AsksNoServer()
    {
        _services.AddLogging().AddMongoSessionManager(options => options.ConnectionString = "mongodb://nowhere.invalid/chat").AddHealthCheck();
        _services.AddInMemorySessionManager().AddHealthCheck();

        Assert.Equal(HealthStatus.Healthy, Assert.Single((await CheckAsync()).Entries).Value.Status);
    }

    [Fact]
    public async Task Check_WrongOptions_IsUnhealthyAndTellsNoSecret()
    {
        _services.AddLogging()
            .AddMongoSessionManager(options => options.ConnectionString = "mongodb://user:canary-secret@host/chat?maxPoolSize=abc")
            .AddHealthCheck();

        var entry = (await CheckAsync()).Entries["SessionManager"];

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.IsType<OptionsValidationException>(entry.Exception);
        Assert.DoesNotContain("canary-secret", $"{entry.Description} {entry.Exception}", StringComparison.Ordinal);
    }

    [Fact]
    public void AddHealthCheck_BadArguments_Throw()
    {
        var builder = _services.AddFakeSessionManager(_storage);

        Assert.Throws<ArgumentNullException>("builder", () => default(ISessionManagerBuilder)!.AddHealthCheck());
        Assert.Throws<ArgumentException>("name", () => builder.AddHealthCheck(" "));
        Assert.Throws<ArgumentOutOfRangeException>("timeout", () => builder.AddHealthCheck(timeout: TimeSpan.Zero));
        Assert.Empty(GetRegistrations());
    }

    private async Task<HealthReport> CheckAsync()
    {
        await using var provider = _services.BuildStrictly();
        return await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
    }

    private ICollection<HealthCheckRegistration> GetRegistrations()
    {
        using var provider = _services.AddOptions().BuildServiceProvider();
        return provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;
    }
}
