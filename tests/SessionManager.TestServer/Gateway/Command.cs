using System.Text;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace SessionManager.TestServer.Gateway;

/// <summary>A command as DocumentDB wants it: without the fields that concern the session or the transport.</summary>
internal sealed class Command
{
    // MongoDB's own allowance on top of the 16 MB of a stored document.
    private const int LargestDocument = (16 * 1024 * 1024) + (16 * 1024);

    private Command(string name, string target, string database, ReadOnlyMemory<byte> body, ReadOnlyMemory<byte>? sequence)
    {
        Name = name;
        Target = target;
        Database = database;
        Body = body;
        Sequence = sequence;
    }

    public string Name { get; }

    /// <summary>Gets the value of the first element if it is a string: the collection, for most commands.</summary>
    public string Target { get; }

    public string Database { get; }

    public ReadOnlyMemory<byte> Body { get; }

    public ReadOnlyMemory<byte>? Sequence { get; }

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
        return new Command(name ?? "", target, database, body.AsMemory(0, length), request.Sequence);
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
