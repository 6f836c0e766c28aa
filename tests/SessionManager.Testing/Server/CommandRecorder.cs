using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Driver.Core.Configuration;
using MongoDB.Driver.Core.Events;

namespace SessionManager.Testing.Server;

/// <summary>
/// Records the commands that a client sends, by the driver's own events. What the driver says for itself is left out.
/// </summary>
/// <param name="hasIndexes">Whether the creation of indexes is recorded, too, which goes on beside all else at a time of its own.</param>
public sealed class CommandRecorder(bool hasIndexes = false)
{
    private static readonly HashSet<string> Handshake =
        new(["hello", "isMaster", "buildInfo", "endSessions", "saslStart", "saslContinue"], StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentQueue<BsonDocument> _commands = new();

    /// <summary>
    /// Gets the commands since the last <see cref="Clear"/>, whole.
    /// </summary>
    public IReadOnlyList<BsonDocument> Commands => [.. _commands];

    /// <summary>
    /// Gets the names of the commands since the last <see cref="Clear"/>.
    /// </summary>
    public IReadOnlyList<string> Names => [.. _commands.Select(command => command.GetElement(0).Name)];

    /// <summary>
    /// Gets the same, where they are those of a turn: its first two go at once, in whichever order they leave, and come in descending order here.
    /// </summary>
    public IReadOnlyList<string> NamesOfTurn
    {
        get
        {
            var names = Names;
            return [.. names.Take(2).OrderDescending(StringComparer.Ordinal), .. names.Skip(2)];
        }
    }

    public void Clear() => _commands.Clear();

    public void Subscribe(ClusterBuilder builder) => builder.Subscribe<CommandStartedEvent>(started =>
    {
        if (!Handshake.Contains(started.CommandName) && (hasIndexes || started.CommandName != "createIndexes"))
        {
            _commands.Enqueue((BsonDocument)started.Command.DeepClone());
        }
    });
}
