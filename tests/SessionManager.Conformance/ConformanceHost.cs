namespace SessionManager.Conformance;

/// <summary>
/// Sessions of the implementation under test: a factory, and the storage that its session managers use.
/// </summary>
/// <param name="factory">The factory.</param>
/// <param name="storage">The storage.</param>
/// <param name="owner">What to dispose with the host, such as the container of the two.</param>
public sealed class ConformanceHost(ISessionManagerFactory factory, SessionStorage storage, IAsyncDisposable owner) : IAsyncDisposable
{
    public ISessionManagerFactory Factory => factory;

    public SessionStorage Storage => storage;

    public ValueTask DisposeAsync() => owner.DisposeAsync();
}
