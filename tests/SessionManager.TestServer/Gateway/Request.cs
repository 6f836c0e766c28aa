using System.Buffers.Binary;
using System.Text;

namespace SessionManager.TestServer.Gateway;

/// <summary>A message taken apart: one command document and, for writes, perhaps a sequence of documents.</summary>
internal sealed class Request
{
    private const int OpQuery = 2004;
    private const int OpMsg = 2013;

    private const uint ChecksumPresent = 1;
    private const uint MoreToCome = 2;
    private const uint RequiredFlags = 0xFFFF;
    private const int ChecksumLength = 4;

    public int Id { get; private init; }

    /// <summary>Gets a value indicating whether the request is an OP_QUERY, which is answered in kind.</summary>
    public bool IsLegacy { get; private init; }

    public bool WantsReply { get; private init; } = true;

    public ReadOnlyMemory<byte> Command { get; private set; }

    public ReadOnlyMemory<byte>? Sequence { get; private set; }

    /// <summary>Gets the length of the longest document in the request.</summary>
    public int LongestDocument { get; private set; }

    public static Request Parse(ReadOnlyMemory<byte> message)
    {
        var id = BinaryPrimitives.ReadInt32LittleEndian(message.Span[4..]);
        var operation = BinaryPrimitives.ReadInt32LittleEndian(message.Span[12..]);
        var body = message[MessageReader.HeaderLength..];
        return operation switch
        {
            OpMsg => ParseMessage(id, body),
            OpQuery => ParseQuery(id, body),
            _ => throw new WireProtocolException($"Operation {operation} is not supported."),
        };
    }

    private static Request ParseMessage(int id, ReadOnlyMemory<byte> body)
    {
        if (body.Length < sizeof(uint))
        {
            throw new WireProtocolException("An OP_MSG has no flags.");
        }

        var flags = BinaryPrimitives.ReadUInt32LittleEndian(body.Span);
        if ((flags & RequiredFlags & ~(ChecksumPresent | MoreToCome)) != 0)
        {
            throw new WireProtocolException($"An OP_MSG has the unknown flags {flags:x}.");
        }

        var hasChecksum = (flags & ChecksumPresent) != 0;
        if (hasChecksum && body.Length < sizeof(uint) + ChecksumLength)
        {
            throw new WireProtocolException("An OP_MSG has no room for its checksum.");
        }

        var request = new Request { Id = id, WantsReply = (flags & MoreToCome) == 0 };
        request.ReadSections(hasChecksum ? body[sizeof(uint)..^ChecksumLength] : body[sizeof(uint)..]);
        return request;
    }

    private void ReadSections(ReadOnlyMemory<byte> sections)
    {
        while (!sections.IsEmpty)
        {
            var kind = sections.Span[0];
            sections = sections[1..];
            switch (kind)
            {
                case 0 when Command.IsEmpty:
                    Command = sections[..BsonElements.DocumentLength(sections.Span)];
                    LongestDocument = Math.Max(LongestDocument, Command.Length);
                    sections = sections[Command.Length..];
                    break;
                case 1 when Sequence is null:
                    var length = sections.Length < sizeof(int)
                        ? 0
                        : BinaryPrimitives.ReadInt32LittleEndian(sections.Span);
                    if (length < sizeof(int) || length > sections.Length)
                    {
                        throw new WireProtocolException("A document sequence is cut short.");
                    }

                    Sequence = ReadSequence(sections[sizeof(int)..length]);
                    sections = sections[length..];
                    break;
                default:
                    throw new WireProtocolException($"An OP_MSG has a section of kind {kind} that has no place in it.");
            }
        }

        if (Command.IsEmpty)
        {
            throw new WireProtocolException("An OP_MSG has no command.");
        }
    }

    // The name of the sequence is not needed: a command has only one field that can come as one.
    private ReadOnlyMemory<byte> ReadSequence(ReadOnlyMemory<byte> sequence)
    {
        var nameLength = sequence.Span.IndexOf((byte)0);
        if (nameLength < 0)
        {
            throw new WireProtocolException("The name of a document sequence has no end.");
        }

        var documents = sequence[(nameLength + 1)..];
        for (var rest = documents.Span; !rest.IsEmpty;)
        {
            var length = BsonElements.DocumentLength(rest);
            LongestDocument = Math.Max(LongestDocument, length);
            rest = rest[length..];
        }

        return documents;
    }

    private static Request ParseQuery(int id, ReadOnlyMemory<byte> body)
    {
        const int FlagsLength = 4;
        const int SkipAndLimitLength = 8;

        var bytes = body.Span;
        var nameLength = bytes.Length < FlagsLength ? -1 : bytes[FlagsLength..].IndexOf((byte)0);
        var start = FlagsLength + nameLength + 1 + SkipAndLimitLength;
        if (nameLength < 0
            || start > bytes.Length
            || !Encoding.UTF8.GetString(bytes.Slice(FlagsLength, nameLength)).EndsWith(".$cmd", StringComparison.Ordinal))
        {
            throw new WireProtocolException("An OP_QUERY is not a command.");
        }

        var query = body[start..];
        return new Request { Id = id, IsLegacy = true, Command = query[..BsonElements.DocumentLength(query.Span)] };
    }
}
