using Microsoft.Extensions.Time.Testing;

namespace SessionManager.Conformance;

/// <summary>
/// Stands between the suite and one implementation. To run the suite over an implementation, derive this class, and a
/// sealed test class from each abstract one of the suite that takes the derived fixture.
/// </summary>
public abstract class ConformanceFixture : IAsyncLifetime
{
    private ConformanceHost? _host;

    /// <summary>
    /// Gets the clock of <see cref="Host"/>. It starts at the real time, so that a server which compares expiry with its
    /// own clock removes nothing that is in use.
    /// </summary>
    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UtcNow);

    /// <summary>
    /// Gets the sessions that most tests use.
    /// </summary>
    public ConformanceHost Host => _host!;

    /// <summary>
    /// Makes sessions with the options, in a place that holds no sessions yet.
    /// </summary>
    /// <param name="options">What the test asks for. Every property is to be honoured.</param>
    /// <returns>The sessions, which the suite disposes. A test may make several.</returns>
    public abstract Task<ConformanceHost> CreateHostAsync(ConformanceOptions options);

    /// <summary>
    /// Makes <see cref="Host"/>.
    /// </summary>
    public virtual async ValueTask InitializeAsync() => _host = await CreateHostAsync(new ConformanceOptions { Clock = Clock });

    /// <summary>
    /// Disposes <see cref="Host"/>.
    /// </summary>
    public virtual async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}
