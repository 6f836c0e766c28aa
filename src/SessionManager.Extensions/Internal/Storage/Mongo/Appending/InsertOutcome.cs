using MongoDB.Driver;
using MongoDB.Driver.Core.Connections;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// What the server says of messages of one call: how many of them, from the first on, are stored, and what it has against the
/// next one.
/// </summary>
/// <param name="Stored">How many are stored.</param>
/// <param name="Error">Why the next one is not; null where all are.</param>
/// <param name="ConcernError">Why those that are stored are not as safe as asked for, or null.</param>
/// <param name="Connection">The connection that said so.</param>
internal sealed record InsertOutcome(int Stored, WriteError? Error = null, WriteConcernError? ConcernError = null, ConnectionId? Connection = null)
{
    /// <summary>
    /// They went with others and were refused with them, perhaps for one of those. Any may be stored; what is wrong with them, if
    /// anything, shows when they go by themselves.
    /// </summary>
    public static readonly InsertOutcome Unknown = new(Stored: 0);

    public bool IsSuccess => Error is null && ConcernError is null && this != Unknown;

    /// <summary>
    /// Gets it as the driver tells it of one message. Without what others have that went along.
    /// </summary>
    public MongoWriteException ToException() => new(Connection, Error, ConcernError, innerException: null);
}
