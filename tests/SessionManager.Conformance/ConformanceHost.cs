namespace SessionManager.Conformance;

/// <summary>
/// Sessions of the implementation under test: a factory, and the storage that its session managers use.
/// </summary>
/// <param name="factory">The factory.</param>
/// <param name="storage">The storage.</param>
/// <param name="owner">What to dispose with the host, such as the container of the two.</param>
public sealed class ConformanceHost(ISessionManagerFactory factory, SessionStorage storage, IAsyncDisposable owner) : IAsyncDisposable
{
    /// <summary>
    /// Gets the factory.
    /// </summary>
    public ISessionManagerFactory Factory => factory;

    /// <summary>
    /// Gets the storage, which holds what session managers of <see cref="Factory"/> store.
    /// </summary>
    public SessionStorage Storage => storage;

    /// <summary>
    /// Disposes the owner.
    /// </summary>
    public ValueTask DisposeAsync() => owner.DisposeAsync();
}
