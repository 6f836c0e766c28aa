using System.Text;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway;

/// <summary>A command as DocumentDB wants it: without the fields that concern the session or the transport.</summary>
internal sealed record Command
{
    // MongoDB's own allowance on top of the 16 MB of a stored document.
    private const int LargestDocument = (16 * 1024 * 1024) + (16 * 1024);

    public required string Name { get; init; }

    /// <summary>Gets the value of the first element if it is a string: the collection, for most commands.</summary>
    public required string Target { get; init; }

    public required string Database { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    public ReadOnlyMemory<byte>? Sequence { get; init; }

    public string? ReadConcernLevel { get; init; }

    /// <summary>Gets the id of the client's logical session, if the command has one.</summary>
    public string? SessionId { get; init; }

    /// <summary>Gets the number by which retries of a write are known.</summary>
    public long? TransactionNumber { get; init; }

    public bool IsInTransaction { get; init; }

    /// <summary>Gets the numbers of the statements, where these are a part of the command that the client sent.</summary>
    public IReadOnlyList<int>? StatementIds { get; init; }

    /// <summary>Gets the id of the snapshot that the command reads from instead of the latest data.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Gets the full name of the collection that the command is about.</summary>
    public string Namespace =>
        $"{Database}.{(Name == "getMore" ? ToDocument().GetValue("collection", "").AsString : Target)}";

    public static Command From(Request request)
    {
        if (request.LongestDocument > LargestDocument)
        {
            throw new CommandException(
                MongoError.BsonObjectTooLarge,
                $"BSONObj size: {request.LongestDocument} is invalid. Size must be between 0 and {LargestDocument}");
        }

        var body = new byte[request.Command.Length];
        var length = sizeof(int);
        string? name = null;
        var target = "";
        var database = "admin";
        string? readConcernLevel = null;
        string? sessionId = null;
        long? transactionNumber = null;
        var isInTransaction = false;
        var elements = new BsonElements(request.Command.Span);
        while (elements.MoveNext())
        {
            if (name is null)
            {
                name = Encoding.UTF8.GetString(elements.Name);
                target = elements.ValueAsString;
                RefuseUnlessHandshake(request, name);
            }

            if (elements.Name.SequenceEqual("$db"u8))
            {
                database = elements.ValueAsString;
            }

            if (elements.Name.SequenceEqual("readConcern"u8))
            {
                readConcernLevel = Find(elements.Value, "level"u8).ValueAsString;
            }
            else if (elements.Name.SequenceEqual("lsid"u8))
            {
                // A binary value: its length and its subtype stand before its bytes.
                var id = Find(elements.Value, "id"u8).Value;
                sessionId = id.Length > sizeof(int) ? SessionIdOf(id[(sizeof(int) + 1)..]) : null;
            }
            else if (elements.Name.SequenceEqual("txnNumber"u8) && elements.Value.Length == sizeof(long))
            {
                transactionNumber = BitConverter.ToInt64(elements.Value);
            }

            isInTransaction |= elements.Name.SequenceEqual("autocommit"u8);

            if (!IsOfTransport(elements.Name) && !IsEmptySort(elements))
            {
                elements.Element.CopyTo(body.AsSpan(length));
                length += elements.Element.Length;
            }
        }

        body[length++] = 0;
        BitConverter.TryWriteBytes(body, length);
        return new Command
        {
            Name = name ?? "",
            Target = target,
            Database = database,
            Body = body.AsMemory(0, length),
            Sequence = request.Sequence,
            ReadConcernLevel = readConcernLevel,
            SessionId = sessionId,
            TransactionNumber = transactionNumber,
            IsInTransaction = isInTransaction,
        };
    }

    public static string SessionIdOf(ReadOnlySpan<byte> id) => Convert.ToHexString(id);

    public BsonDocument ToDocument() => BsonSerializer.Deserialize<BsonDocument>(Body.ToArray());

    private static void RefuseUnlessHandshake(Request request, string name)
    {
        if (request.IsLegacy && name is not ("hello" or "isMaster" or "ismaster"))
        {
            throw new CommandException(
                MongoError.UnsupportedOpQueryCommand, $"Unsupported OP_QUERY command: {name}");
        }
    }

    /// <summary>Stops at an element of a document that is a value; without it, at nothing.</summary>
    private static BsonElements Find(ReadOnlySpan<byte> document, ReadOnlySpan<byte> name)
    {
        var elements = new BsonElements(document);
        while (elements.MoveNext())
        {
            if (elements.Name.SequenceEqual(name))
            {
                return elements;
            }
        }

        return default;
    }

    // To MongoDB an empty sort is none; DocumentDB insists on a key.
    private static bool IsEmptySort(BsonElements element) =>
        element.Name.SequenceEqual("sort"u8) && element.Value.Length == BsonElements.SmallestDocument;

    private static bool IsOfTransport(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("$db"u8)
        || name.SequenceEqual("lsid"u8)
        || name.SequenceEqual("$clusterTime"u8)
        || name.SequenceEqual("$readPreference"u8)
        || name.SequenceEqual("readConcern"u8)
        || name.SequenceEqual("writeConcern"u8)
        || name.SequenceEqual("txnNumber"u8)
        || name.SequenceEqual("autocommit"u8)
        || name.SequenceEqual("startTransaction"u8)
        || name.SequenceEqual("apiVersion"u8)
        || name.SequenceEqual("apiStrict"u8)
        || name.SequenceEqual("apiDeprecationErrors"u8);
}
