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
                readConcernLevel = LevelOf(elements.Value);
            }

            if (elements.Name.SequenceEqual("txnNumber"u8))
            {
                throw new CommandException(
                    MongoError.IllegalOperation,
                    "Transaction numbers are only allowed on a replica set member or mongos");
            }

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
        };
    }

    public BsonDocument ToDocument() => BsonSerializer.Deserialize<BsonDocument>(Body.ToArray());

    private static void RefuseUnlessHandshake(Request request, string name)
    {
        if (request.IsLegacy && name is not ("hello" or "isMaster" or "ismaster"))
        {
            throw new CommandException(
                MongoError.UnsupportedOpQueryCommand, $"Unsupported OP_QUERY command: {name}");
        }
    }

    private static string? LevelOf(ReadOnlySpan<byte> readConcern)
    {
        var elements = new BsonElements(readConcern);
        while (elements.MoveNext())
        {
            if (elements.Name.SequenceEqual("level"u8))
            {
                return elements.ValueAsString;
            }
        }

        return null;
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
        || name.SequenceEqual("autocommit"u8)
        || name.SequenceEqual("startTransaction"u8)
        || name.SequenceEqual("apiVersion"u8)
        || name.SequenceEqual("apiStrict"u8)
        || name.SequenceEqual("apiDeprecationErrors"u8);
}
