using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway;

/// <summary>The statements of an insert, update or delete, so that some of them can be executed without the others.</summary>
internal sealed class Statements
{
    private readonly Command _command;
    private readonly List<ReadOnlyMemory<byte>> _statements = [];

    public Statements(Command command)
    {
        // The rest of the command is small once its statements are out of it.
        var rest = new MemoryStream();
        rest.Write(new byte[sizeof(int)]);
        var elements = new BsonElements(command.Body.Span);
        while (elements.MoveNext())
        {
            if (elements.Name.SequenceEqual("ordered"u8))
            {
                IsOrdered = elements.Value[^1] != 0;
            }

            if (elements.Name.SequenceEqual("documents"u8)
                || elements.Name.SequenceEqual("updates"u8)
                || elements.Name.SequenceEqual("deletes"u8))
            {
                AddElements(elements.Value);
            }
            else
            {
                rest.Write(elements.Element);
            }
        }

        rest.WriteByte(0);
        var body = rest.ToArray();
        BitConverter.TryWriteBytes(body, body.Length);
        AddSequence(command.Sequence ?? default);
        _command = command with { Body = body };
    }

    public int Count => _statements.Count;

    public bool IsOrdered { get; } = true;

    public static bool AreIn(Command command) => command.Name is "insert" or "update" or "delete";

    /// <summary>Executes some of the statements, and numbers them in the reply as in the whole command.</summary>
    public async Task<BsonDocument> ExecuteAsync(
        IReadOnlyList<int> indexes, Func<Command, Task<ReadOnlyMemory<byte>>> executeAsync)
    {
        if (indexes.Count == 0)
        {
            return _command.Name == "update" ? Reply.Ok.Add("n", 0).Add("nModified", 0) : Reply.Ok.Add("n", 0);
        }

        var part = _command with
        {
            Sequence = indexes.SelectMany(index => _statements[index].ToArray()).ToArray(),
            StatementIds = [.. indexes.Select(index => _command.StatementIds is { } ids ? ids[index] : index)],
        };
        var reply = BsonSerializer.Deserialize<BsonDocument>((await executeAsync(part)).ToArray());
        foreach (var name in (string[])["writeErrors", "upserted"])
        {
            foreach (var entry in reply.GetValue(name, new BsonArray()).AsBsonArray)
            {
                entry["index"] = indexes[entry["index"].ToInt32()];
            }
        }

        return reply;
    }

    /// <summary>Refuses statements that may change more than one document, which cannot be retried.</summary>
    public void RefuseMany()
    {
        if (_command.Name is "update" or "delete"
            && _statements.Select(bytes => BsonSerializer.Deserialize<BsonDocument>(bytes.ToArray())).Any(IsForMany))
        {
            throw new CommandException(
                MongoError.InvalidOptions, "Cannot use (or request) retryable writes with multi=true or limit=0");
        }
    }

    private static bool IsForMany(BsonDocument statement) =>
        statement.GetValue("multi", false).ToBoolean() || statement.GetValue("limit", 1).ToInt32() == 0;

    private void AddElements(ReadOnlySpan<byte> array)
    {
        var elements = new BsonElements(array);
        while (elements.MoveNext())
        {
            _statements.Add(elements.Value.ToArray());
        }
    }

    private void AddSequence(ReadOnlyMemory<byte> sequence)
    {
        while (!sequence.IsEmpty)
        {
            var length = BsonElements.DocumentLength(sequence.Span);
            _statements.Add(sequence[..length]);
            sequence = sequence[length..];
        }
    }
}
