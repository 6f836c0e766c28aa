using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

internal sealed partial class MongoSessionStorage
{
    /// <summary>
    /// Updates a session of this release's layout, and extends its life where it has one. One of before there was a version gets it.
    /// </summary>
    /// <returns>False when no session matches the filter.</returns>
    /// <exception cref="UnsupportedSessionException">The session has another layout.</exception>
    private Task<bool> TryUpdateAsync(SessionUpdate update, CancellationToken cancellationToken) => TryUpdateAsync(update, _updater, cancellationToken);

    /// <inheritdoc cref="TryUpdateAsync(SessionUpdate, CancellationToken)"/>
    private async Task<bool> TryUpdateAsync(SessionUpdate update, SessionUpdater updater, CancellationToken cancellationToken)
    {
        // Which layout it has is a part of the filter, and so costs nothing where it is the right one.
        update.Filter.Set(Fields.SchemaVersion, SessionLayout.Version);
        return await SendAsync(update, updater, cancellationToken).ConfigureAwait(false)
            || (await TryUpgradeAsync(update.SessionId, cancellationToken).ConfigureAwait(false)
                && await SendAsync(update, updater, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Gives a session its version that was there before there were any.
    /// </summary>
    /// <returns>False when there is no such session: it does not exist, or has its version.</returns>
    /// <exception cref="UnsupportedSessionException">The session has another layout.</exception>
    private async Task<bool> TryUpgradeAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionLayout.OriginProjection, cancellationToken).ConfigureAwait(false);
        if (session is null || SessionLayout.HasVersion(session, sessionId))
        {
            return false;
        }

        SessionLayout.ThrowIfPython(session, sessionId);
        var filter = SessionDocument.ToFilter(sessionId).Add(Fields.SchemaVersion, new BsonDocument("$exists", false));
        var update = new BsonDocument("$set", new BsonDocument(Fields.SchemaVersion, SessionLayout.Version));
        await _sessions.UpdateOneAsync(filter, update, cancellationToken: cancellationToken).ConfigureAwait(false);
        return true;
    }

    private Task<bool> SendAsync(SessionUpdate update, SessionUpdater updater, CancellationToken cancellationToken) =>
        !IsKept(update.SessionId, update.Branch) ? TryExtendAsync(update, updater.Collection, cancellationToken)
            // Only to be kept, and another call has just done that: an empty update is none that a server takes.
            : update.Update.ElementCount == 0 ? Task.FromResult(true)
            : updater.SendAsync(update, cancellationToken);

    /// <summary>
    /// Fails for a session of another layout, of which the version was read with what is asked for.
    /// </summary>
    /// <exception cref="UnsupportedSessionException">The session has another layout.</exception>
    private async ValueTask ThrowIfUnsupportedAsync(string sessionId, BsonDocument? session, CancellationToken cancellationToken)
    {
        if (session is not null && !SessionLayout.HasVersion(session, sessionId)
            && await FindAsync(sessionId, SessionLayout.OriginProjection, cancellationToken).ConfigureAwait(false) is { } origin)
        {
            SessionLayout.ThrowIfPython(origin, sessionId);
        }
    }

    /// <summary>
    /// Finds out whether a session exists, and fails where it has another layout.
    /// </summary>
    /// <exception cref="UnsupportedSessionException">The session has another layout.</exception>
    private async Task<bool> ExistsAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await FindAsync(sessionId, SessionLayout.VersionProjection, cancellationToken).ConfigureAwait(false);
        await ThrowIfUnsupportedAsync(sessionId, session, cancellationToken).ConfigureAwait(false);
        return session is not null;
    }
}
