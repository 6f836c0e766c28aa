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
    private async Task<bool> TryUpdateAsync(SessionUpdate update, CancellationToken cancellationToken)
    {
        // Which layout it has is a part of the filter, and so costs nothing where it is the right one.
        update.Filter.Set(Fields.SchemaVersion, SessionLayout.Version);
        if (await SendAsync(update, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        var session = await FindAsync(update.SessionId, SessionLayout.OriginProjection, cancellationToken).ConfigureAwait(false);
        if (session is null || SessionLayout.HasVersion(session, update.SessionId))
        {
            return false;
        }

        SessionLayout.ThrowIfPython(session, update.SessionId);
        update.Filter.Set(Fields.SchemaVersion, new BsonDocument("$exists", false));
        if (!update.Update.Contains("$set"))
        {
            update.Update.Add("$set", new BsonDocument());
        }

        update.Update["$set"].AsBsonDocument.Set(Fields.SchemaVersion, SessionLayout.Version);
        return await SendAsync(update, cancellationToken).ConfigureAwait(false);
    }

    private Task<bool> SendAsync(SessionUpdate update, CancellationToken cancellationToken) =>
        IsKept(update.SessionId) ? _updater.SendAsync(update, cancellationToken) : TryExtendAsync(update, cancellationToken);

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
