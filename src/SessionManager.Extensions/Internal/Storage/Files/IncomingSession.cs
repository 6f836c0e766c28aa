using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// A session on its way into a storage, of which nothing is seen before it is complete.
/// </summary>
internal abstract class IncomingSession
{
    /// <summary>
    /// Adds a message, whose key belongs to the session and stands behind that of the one before.
    /// </summary>
    /// <exception cref="FormatException">The storage cannot hold it. The message has nothing of the content.</exception>
    public abstract Task AddAsync(BsonDocument message, CancellationToken cancellationToken);

    /// <summary>
    /// Adds feedback, whose key belongs to the session. No message follows.
    /// </summary>
    /// <exception cref="FormatException">The storage cannot hold it. The message has nothing of the content.</exception>
    public abstract Task AddFeedbackAsync(BsonDocument feedback, CancellationToken cancellationToken);

    /// <summary>
    /// Puts the session in its place.
    /// </summary>
    /// <returns>False when one of its id is there meanwhile.</returns>
    public abstract Task<bool> CompleteAsync(CancellationToken cancellationToken);
}
