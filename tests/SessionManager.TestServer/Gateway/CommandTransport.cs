using System.Text;

namespace SessionManager.TestServer.Gateway;

/// <summary>What a command says of its session, its concerns and its way, which DocumentDB is not told.</summary>
internal sealed class CommandTransport
{
    private static readonly HashSet<string> Others =
    [
        "$clusterTime", "$readPreference", "writeConcern", "startTransaction", "apiVersion", "apiStrict", "apiDeprecationErrors",
    ];

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> OthersBySpan =
        Others.GetAlternateLookup<ReadOnlySpan<char>>();

    public string Database { get; private set; } = "admin";

    public string? ReadConcernLevel { get; private set; }

    /// <summary>Gets the id of the client's logical session, if the command has one.</summary>
    public string? SessionId { get; private set; }

    /// <summary>Gets the number by which retries of a write are known.</summary>
    public long? TransactionNumber { get; private set; }

    public bool IsInTransaction { get; private set; }

    public static string SessionIdOf(ReadOnlySpan<byte> id) => Convert.ToHexString(id);

    /// <summary>Takes an element if it belongs here and not to the command.</summary>
    public bool TryTake(BsonElements element)
    {
        Span<char> buffer = stackalloc char[32];
        if (!Encoding.UTF8.TryGetChars(element.Name, buffer, out var length))
        {
            return false;
        }

        ReadOnlySpan<char> name = buffer[..length];
        switch (name)
        {
            case "$db":
                Database = element.ValueAsString;
                return true;
            case "readConcern":
                ReadConcernLevel = Find(element.Value, "level"u8).ValueAsString;
                return true;
            case "lsid":
                // A binary value: its length and its subtype stand before its bytes.
                var id = Find(element.Value, "id"u8).Value;
                SessionId = id.Length > sizeof(int) ? SessionIdOf(id[(sizeof(int) + 1)..]) : null;
                return true;
            case "txnNumber":
                TransactionNumber = element.Value.Length == sizeof(long) ? BitConverter.ToInt64(element.Value) : null;
                return true;
            case "autocommit":
                IsInTransaction = true;
                return true;
            default:
                return OthersBySpan.Contains(name);
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
}
