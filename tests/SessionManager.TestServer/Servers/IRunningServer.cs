namespace SessionManager.TestServer.Servers;

/// <summary>A server that answers; disposing it ends what was started for it.</summary>
internal interface IRunningServer : IAsyncDisposable
{
    string ConnectionString { get; }

    string Description { get; }
}
