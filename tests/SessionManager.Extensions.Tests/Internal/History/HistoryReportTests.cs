using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;

namespace SessionManager.Internal.History;

public sealed class HistoryReportTests : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly MetricCollector<long> _repaired;

    public HistoryReportTests()
    {
        var services = new ServiceCollection();
        services.AddMetrics().AddFakeLogging(logging => logging.FilteredLevels = new HashSet<LogLevel> { LogLevel.Warning, LogLevel.Error });
        services.AddInMemorySessionManager();
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        _repaired = new MetricCollector<long>(_services.GetRequiredService<IMeterFactory>(), "SessionManager", "sessionmanager.history.repaired");
    }

    public async ValueTask DisposeAsync()
    {
        _repaired.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task InitializeAsync_FaultyHistory_IsLoggedOnceAndCountedByKind()
    {
        await LoadAsync("T result9 | U yes8 | A call1 | U a | T result1 | A call2, call3 | U b | A ask4");

        var log = Assert.Single(_services.GetFakeLogCollector().GetSnapshot());
        Assert.Equal((4, "HistoryRepaired", LogLevel.Warning, "SessionManager"), (log.Id.Id, log.Id.Name, log.Level, log.Category));
        Assert.Equal(
            "The history of agent support in session s1 was repaired as it was loaded: 3 interrupted calls, 1 results without a call, 1 results apart "
            + "from their call, 1 unanswered approvals, 1 answers without a request. What is stored has not changed.",
            log.Message);
        Assert.Equal(
            ["interrupted_call 3", "moved_result 1", "orphan_approval 1", "orphan_result 1", "unanswered_approval 1"],
            _repaired.GetMeasurementSnapshot().Select(measurement => $"{measurement.Tags["kind"]} {measurement.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task InitializeAsync_ValidHistory_IsNeitherLoggedNorCounted()
    {
        await LoadAsync("U a | A ask1 | U yes1 | A call1 | T result1 | A b");

        Assert.Empty(_services.GetFakeLogCollector().GetSnapshot());
        Assert.Empty(_repaired.GetMeasurementSnapshot());
    }

    [Fact]
    public void Repaired_NoMeterFactory_HasAMeterOfItsOwn()
    {
        using var metrics = new HistoryMetrics();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
        ConcurrentQueue<(string Name, long Value)> measurements = [];
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measurements.Enqueue((instrument.Name, value)));
        listener.Start();

        metrics.Repaired(new HistoryRepair { OrphanResultCount = 7654321 });

        // Other tests count too while this one runs.
        Assert.Contains(("sessionmanager.history.repaired", 7654321L), measurements);
    }

    private async Task LoadAsync(string history)
    {
        var factory = _services.GetRequiredService<ISessionManagerFactory>();
        await using var session = factory.Create("s1");
        var agent = new SessionAgent("support");
        foreach (var message in HistoryNotation.Parse(history))
        {
            agent.Messages.Add(message);
        }

        await session.InitializeAsync(agent, TestContext.Current.CancellationToken);
        await session.InitializeAsync(new SessionAgent("support"), TestContext.Current.CancellationToken);
    }
}
