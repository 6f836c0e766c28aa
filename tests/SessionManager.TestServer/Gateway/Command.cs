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

    public string Database => Transport.Database;

    public required ReadOnlyMemory<byte> Body { get; init; }

    public ReadOnlyMemory<byte>? Sequence { get; init; }

    public required CommandTransport Transport { get; init; }

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
        var transport = new CommandTransport();
        var elements = new BsonElements(request.Command.Span);
        while (elements.MoveNext())
        {
            if (name is null)
            {
                name = Encoding.UTF8.GetString(elements.Name);
                target = elements.ValueAsString;
                RefuseUnlessHandshake(request, name);
            }

            if (!transport.TryTake(elements) && !IsEmptySort(elements))
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
            Body = body.AsMemory(0, length),
            Sequence = request.Sequence,
            Transport = transport,
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

    // To MongoDB an empty sort is none; DocumentDB insists on a key.
    private static bool IsEmptySort(BsonElements element) =>
        element.Name.SequenceEqual("sort"u8) && element.Value.Length == BsonElements.SmallestDocument;
}
