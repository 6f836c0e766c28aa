using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>A fail point that is set.</summary>
internal sealed class FailPoint
{
    private readonly Lock _lock = new();
    private readonly HashSet<string>? _commands;
    private FailPointMode _mode;

    public FailPoint(string name, BsonDocument data, FailPointMode mode)
    {
        Name = name;
        Data = data;
        Scope = FailPointScope.Of(data);
        _mode = mode;
        if (data.TryGetValue("failCommands", out var commands))
        {
            // findAndModify has a second name, in lower case.
            _commands = new(commands.AsBsonArray.Select(command => command.AsString), StringComparer.OrdinalIgnoreCase);
        }
    }

    public string Name { get; }

    public BsonDocument Data { get; }

    public FailPointScope Scope { get; }

    /// <summary>Gets how often it, and what it has replaced, has acted.</summary>
    public long Count { get; private set; }

    /// <summary>Gets what majority reads see, where the fail point is about those.</summary>
    public DocumentDbSnapshot? Snapshot { get; init; }

    public bool IsAbout(Command command, Peer peer) =>
        (_commands is null || _commands.Contains(command.Name)) && Scope.Contains(command, peer);

    public void CountFrom(long count) => Count = count;

    /// <summary>Uses the fail point once, unless its mode says that this time it does not act.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_mode.Skip > 0)
            {
                _mode = _mode with { Skip = _mode.Skip - 1 };
                return false;
            }

            if (_mode.Times == 0)
            {
                return false;
            }

            _mode = _mode with { Times = _mode.Times - 1 };
            Count++;
            return true;
        }
    }
}
