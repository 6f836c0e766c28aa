namespace SessionManager.TestServer.Servers;

/// <summary>One way to get a MongoDB server.</summary>
internal interface IServerSource
{
    string Name { get; }

    ValueTask<bool> IsAvailableAsync(CancellationToken cancellationToken);

    Task<IRunningServer> StartAsync(Action<string> log, CancellationToken cancellationToken);
}
