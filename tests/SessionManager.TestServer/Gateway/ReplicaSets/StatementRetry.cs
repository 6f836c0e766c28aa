using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.ReplicaSets;

/// <summary>One insert, update or delete with a transaction number, of which some statements may be executed already.</summary>
internal sealed class StatementRetry(
    ClientSession session, Command command, Func<Command, Task<ReadOnlyMemory<byte>>> executeAsync)
{
    private readonly Statements _statements = new(command);
    private readonly BsonArray _writeErrors = [];
    private readonly BsonArray _upserted = [];
    private readonly BsonArray _retried = [];
    private int _count;
    private int _modified;

    public async Task<ReadOnlyMemory<byte>> ExecuteAsync()
    {
        _statements.RefuseMany();
        var pending = new List<int>();
        for (var index = 0; index < _statements.Count; index++)
        {
            if (session.Find(IdOf(index)) is { } result)
            {
                _retried.Add(IdOf(index));
                Count(index, result);
            }
            else
            {
                pending.Add(index);
            }
        }

        await (command.Name == "insert" ? InsertAsync(pending) : ChangeAsync(pending));
        return ToReply().ToBson();
    }

    private int IdOf(int index) => command.StatementIds is { } ids ? ids[index] : index;

    private async Task InsertAsync(List<int> pending)
    {
        var reply = await _statements.ExecuteAsync(pending, executeAsync);
        AddErrors(reply);
        var failed = _writeErrors.Select(error => error["index"].ToInt32()).ToHashSet();
        var end = _statements.IsOrdered && failed.Count > 0 ? failed.Min() : int.MaxValue;
        foreach (var index in pending.Where(index => index < end && !failed.Contains(index)))
        {
            session.Record(IdOf(index), StatementResult.Inserted);
            Count(index, StatementResult.Inserted);
        }
    }

    // One by one: a reply has only the sums of what the statements have done.
    private async Task ChangeAsync(List<int> pending)
    {
        foreach (var index in pending)
        {
            var reply = await _statements.ExecuteAsync([index], executeAsync);
            AddErrors(reply);
            if (StatementResult.Of(reply) is { } result)
            {
                session.Record(IdOf(index), result);
                Count(index, result);
            }
            else
            {
                _count += reply["n"].ToInt32();
            }

            if (_statements.IsOrdered && _writeErrors.Count > 0)
            {
                return;
            }
        }
    }

    private void AddErrors(BsonDocument reply) =>
        _writeErrors.AddRange(reply.GetValue("writeErrors", new BsonArray()).AsBsonArray);

    private void Count(int index, StatementResult result)
    {
        _count += result.Count;
        _modified += result.Modified;
        if (result.UpsertedId is { } id)
        {
            _upserted.Add(new BsonDocument { { "index", index }, { "_id", id } });
        }
    }

    private BsonDocument ToReply()
    {
        var isUpdate = command.Name == "update";
        return new BsonDocument("n", _count)
            .Add("nModified", _modified, isUpdate)
            .Add("upserted", _upserted, _upserted.Count > 0)
            .Add("writeErrors", _writeErrors, _writeErrors.Count > 0)
            .Add("retriedStmtIds", _retried, _retried.Count > 0)
            .Add("ok", 1.0);
    }
}
