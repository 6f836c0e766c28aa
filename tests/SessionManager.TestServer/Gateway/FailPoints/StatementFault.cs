using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>Lets statements of a command fail: after the first an ordered command ends, an unordered one goes on.</summary>
internal static class StatementFault
{
    /// <summary>Gets whether one of the statements that are to fail is in a command.</summary>
    public static bool ActsOn(BsonDocument data, Command command) =>
        ErrorsOf(data).Keys.Any(index => index < new Statements(command).Count);

    public static async Task<ReadOnlyMemory<byte>> ExecuteAsync(
        BsonDocument data, Command command, Func<Command, Task<ReadOnlyMemory<byte>>> executeAsync)
    {
        var statements = new Statements(command);
        var errors = ErrorsOf(data).Where(error => error.Key < statements.Count).ToDictionary();
        var executed = statements.IsOrdered
            ? Enumerable.Range(0, errors.Keys.Min())
            : Enumerable.Range(0, statements.Count).Except(errors.Keys);

        var reply = await statements.ExecuteAsync([.. executed], executeAsync);
        var writeErrors = reply.GetValue("writeErrors", new BsonArray()).AsBsonArray;
        if (!statements.IsOrdered)
        {
            writeErrors.AddRange(errors.Values);
        }
        else if (writeErrors.Count == 0)
        {
            writeErrors.Add(errors[errors.Keys.Min()]);
        }

        reply["writeErrors"] = new BsonArray(writeErrors.OrderBy(error => error["index"].ToInt32()));
        return reply.Merge([.. data.Where(element => element.Name is "writeConcernError" or "errorLabels")]).ToBson();
    }

    private static Dictionary<int, BsonDocument> ErrorsOf(BsonDocument data) =>
        data["writeErrors"].AsBsonArray.ToDictionary(
            error => error["index"].ToInt32(),
            error => new BsonDocument
            {
                { "index", error["index"].ToInt32() },
                { "code", error["code"].ToInt32() },
                { "errmsg", error.AsBsonDocument.GetValue("errmsg", $"Failing statement via '{FailPointNames.FailStatements}'") },
            });
}
