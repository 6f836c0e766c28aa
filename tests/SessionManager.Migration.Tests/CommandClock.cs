using MongoDB.Driver;
using MongoDB.Driver.Core.Events;

namespace SessionManager.Migration.Tests;

/// <summary>
/// A client that counts the commands that were answered, and ends whoever uses it after one of them: as if the process had been killed there.
/// </summary>
internal sealed class CommandClock : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly int _last;
    private readonly List<string> _commands = [];

    public CommandClock(string connectionString, int last = int.MaxValue)
    {
        _last = last;
        var settings = MongoClientSettings.FromConnectionString(connectionString);
        settings.ClusterConfigurator = builder => builder.Subscribe<CommandSucceededEvent>(Count);
        Client = new MongoClient(settings);
    }

    public MongoClient Client { get; }

    public CancellationToken Stop => _stop.Token;

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_commands)
            {
                return [.. _commands];
            }
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        _stop.Dispose();
    }

    private void Count(CommandSucceededEvent succeeded)
    {
        // Those of the connection itself are no step, nor that of a cursor which is let go of: a killed process would not send it.
        if (succeeded.CommandName is "hello" or "isMaster" or "buildInfo" or "endSessions" or "killCursors")
        {
            return;
        }

        lock (_commands)
        {
            _commands.Add(succeeded.CommandName);
            if (_commands.Count == _last)
            {
                _stop.Cancel();
            }
        }
    }
}
