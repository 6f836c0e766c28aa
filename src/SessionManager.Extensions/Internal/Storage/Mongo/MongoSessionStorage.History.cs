using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Mongo.Updating;

namespace SessionManager.Internal.Storage.Mongo;

/// <content>Branches and runs. Each is a conditional update of the session's document, by the server's clock.</content>
internal sealed partial class MongoSessionStorage
{
    private static readonly BsonDocument Hello = new("hello", 1);

    /// <inheritdoc/>
    protected override async Task<AgentBranch?> TryChangeHistoryCoreAsync(string sessionId, HistoryChange change, CancellationToken cancellationToken)
    {
        var agentId = change.Expected.Branch.AgentId;
        var path = Fields.AgentPath(agentId);
        var branch = new AgentBranch(agentId, change.Expected.NextBranch, change.Base);
        var now = change is { OnlyIfExpired: true, Expected.Run: not null } ? await GetServerTimeAsync(cancellationToken).ConfigureAwait(false) : (DateTime?)null;
        var filter = SessionDocument.ToFilter(sessionId, agentId, hasAgent: true).AddRange(HistoryDocument.ToChangeFilter(path, change, now));
        var update = new SessionUpdate(sessionId, filter, HistoryDocument.ToChange(path, change, branch, Now())) { IsConditional = true };
        return await TryUpdateAsync(update, _fencedUpdater, cancellationToken).ConfigureAwait(false) ? branch : null;
    }

    /// <inheritdoc/>
    protected override async Task<StoredRun?> TryRenewRunCoreAsync(string sessionId, string agentId, RunRequest run, CancellationToken cancellationToken)
    {
        var path = Fields.AgentPath(agentId);
        var filter = SessionDocument.ToFilter(sessionId).Add(Fields.SchemaVersion, SessionLayout.Version).AddRange(RunDocument.ToRunningFilter(path, run.Token));
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument>
        {
            Projection = ToProjection(new BsonDocument($"{path}.{Fields.Run}", 1)),
            ReturnDocument = ReturnDocument.After,
        };
        var session = await _fencedSessions
            .FindOneAndUpdateAsync<BsonDocument>(filter, RunDocument.ToRenewal(path, run), options, cancellationToken)
            .ConfigureAwait(false);
        return AgentDocument.FindRun(session, agentId);
    }

    /// <inheritdoc/>
    protected override Task<bool> TryStopRunCoreAsync(string sessionId, string agentId, CancellationToken cancellationToken)
    {
        var path = Fields.AgentPath(agentId);
        var filter = SessionDocument.ToFilter(sessionId).AddRange(RunDocument.ToRunningFilter(path, token: null));
        return TryUpdateAsync(new(sessionId, filter, RunDocument.ToStop(path)), _fencedUpdater, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<HistoryBranch>> ListBranchesCoreAsync(
        string sessionId, string agentId, int fromBranch, int? beforeBranch, int limit, CancellationToken cancellationToken) =>
        _messages.ListBranchesAsync(sessionId, agentId, fromBranch, beforeBranch, limit, cancellationToken);

    // By the clock that the times of runs come from (https://www.mongodb.com/docs/manual/reference/command/hello/#mongodb-data-hello.localTime).
    private async Task<DateTime> GetServerTimeAsync(CancellationToken cancellationToken)
    {
        var hello = await _sessions.Database.RunCommandAsync<BsonDocument>(Hello, ReadPreference.Primary, cancellationToken).ConfigureAwait(false);
        return hello["localTime"].ToUniversalTime();
    }

    /// <summary>
    /// Begins a run of an agent, unless another one goes on, and gets the session with the agent.
    /// </summary>
    /// <returns>Null where another run goes on, where there is no such session or agent, and where the session has another layout.</returns>
    private async Task<BsonDocument?> TryBeginRunAsync(
        string sessionId, string agentId, RunRequest run, BsonDocument projection, CancellationToken cancellationToken)
    {
        var path = Fields.AgentPath(agentId);
        var filter = SessionDocument.ToFilter(sessionId, agentId, hasAgent: true)
            .Add(Fields.SchemaVersion, SessionLayout.Version)
            .Add(RunDocument.ToFreeFilter(path, run));
        var options = new FindOneAndUpdateOptions<BsonDocument, BsonDocument> { Projection = ToProjection(projection), ReturnDocument = ReturnDocument.After };
        try
        {
            return await _fencedSessions
                .FindOneAndUpdateAsync<BsonDocument>(filter, RunDocument.ToBegin(path, run), options, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (MongoException e) when (HasCode(e, PathNotViable))
        {
            throw new DamagedSessionException(sessionId, agentId, Fields.Run);
        }
    }
}
