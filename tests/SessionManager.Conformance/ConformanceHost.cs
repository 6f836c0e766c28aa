namespace SessionManager.Conformance;

/// <summary>
/// Sessions of the implementation under test: a factory, and the repository that its session managers use.
/// </summary>
/// <param name="factory">The factory.</param>
/// <param name="repository">The repository.</param>
/// <param name="owner">What to dispose with the host, such as the container of the two.</param>
public sealed class ConformanceHost(ISessionManagerFactory factory, ISessionRepository repository, IAsyncDisposable owner) : IAsyncDisposable
{
    public ISessionManagerFactory Factory => factory;

    public ISessionRepository Repository => repository;

    public ValueTask DisposeAsync() => owner.DisposeAsync();
}
