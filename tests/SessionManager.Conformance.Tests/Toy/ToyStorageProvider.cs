using System.Collections.Concurrent;

namespace SessionManager.Conformance.Toy;

/// <summary>
/// Gives out one storage for each database and collection that is asked for.
/// </summary>
public sealed class ToyStorageProvider(ToyOptions toy, TimeProvider clock) : SessionStorageProvider
{
    private readonly ConcurrentDictionary<(string?, string?), ToyStorage> _storages = new();

    public override SessionStorage DefaultStorage => GetStorage(new SessionManagerOptions());

    public override string? ApplicationName => toy.ApplicationName;

    public override SessionStorage GetStorage(SessionManagerOptions options) =>
        _storages.GetOrAdd((options.DatabaseName, options.CollectionName), _ => new ToyStorage(toy, clock));
}
