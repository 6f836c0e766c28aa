namespace SessionManager.Conformance;

/// <summary>
/// Sessions of the implementation under test: a factory, and the repository that its session managers use.
/// </summary>
/// <param name="factory">The factory.</param>
/// <param name="repository">The repository.</param>
/// <param name="owner">What to dispose with the host, such as the container of the two.</param>
public sealed class ConformanceHost(ISessionManagerFactory factory, ISessionRepository repository, IAsyncDisposable owner) : IAsyncDisposable
{
    /// <summary>
    /// Gets the factory.
    /// </summary>
    public ISessionManagerFactory Factory => factory;

    /// <summary>
    /// Gets the repository, which holds what session managers of <see cref="Factory"/> store.
    /// </summary>
    public ISessionRepository Repository => repository;

    /// <summary>
    /// Disposes the owner.
    /// </summary>
    public ValueTask DisposeAsync() => owner.DisposeAsync();
}
