using System.Buffers.Binary;
using System.Text;
using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>Walks over the top-level elements of a BSON document without decoding their values.</summary>
internal ref struct BsonElements
{
    public const int SmallestDocument = 5;
    public const byte StringType = 0x02;

    private ReadOnlySpan<byte> _rest;

    public BsonElements(ReadOnlySpan<byte> document)
    {
        if (DocumentLength(document) != document.Length || document[^1] != 0)
        {
            throw new WireProtocolException("A BSON document does not have the length that it names.");
        }

        _rest = document[sizeof(int)..^1];
    }

    public byte Type { get; private set; }

    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Gets the bytes of type, name and value together.</summary>
    public ReadOnlySpan<byte> Element { get; private set; }

    public readonly string ValueAsString =>
        Type == StringType ? Encoding.UTF8.GetString(Value[sizeof(int)..^1]) : "";

    /// <summary>Reads the length that the document at the start of the bytes names, and checks that it can be true.</summary>
    public static int DocumentLength(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SmallestDocument
            || BinaryPrimitives.ReadInt32LittleEndian(bytes) is var length
            && (length < SmallestDocument || length > bytes.Length))
        {
            throw new WireProtocolException("A BSON document is cut short.");
        }

        return length;
    }

    /// <summary>Copies a document with further elements at its end.</summary>
    public static ReadOnlyMemory<byte> Append(ReadOnlySpan<byte> document, BsonDocument further)
    {
        var elements = further.ToBson().AsSpan(sizeof(int));
        var all = new byte[document.Length - 1 + elements.Length];
        document[..^1].CopyTo(all);
        elements.CopyTo(all.AsSpan(document.Length - 1));
        BitConverter.TryWriteBytes(all, all.Length);
        return all;
    }

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        Type = _rest[0];
        var nameLength = _rest[1..].IndexOf((byte)0);
        if (nameLength < 0)
        {
            throw new WireProtocolException("The name of a BSON element has no end.");
        }

        Name = _rest.Slice(1, nameLength);
        var start = nameLength + 2;
        var length = ValueLength(Type, _rest[start..]);
        if (length < 0 || length > _rest.Length - start)
        {
            throw new WireProtocolException("The value of a BSON element is cut short.");
        }

        Value = _rest.Slice(start, length);
        Element = _rest[..(start + length)];
        _rest = _rest[(start + length)..];
        return true;
    }

    private static long LengthPrefix(ReadOnlySpan<byte> value) =>
        value.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadUInt32LittleEndian(value);

    private static int ValueLength(byte type, ReadOnlySpan<byte> value)
    {
        var length = type switch
        {
            0x06 or 0x0A or 0x7F or 0xFF => 0,
            0x08 => 1,
            0x10 => 4,
            0x01 or 0x09 or 0x11 or 0x12 => 8,
            0x07 => 12,
            0x13 => 16,
            0x03 or 0x04 or 0x0F => LengthPrefix(value),
            StringType or 0x0D or 0x0E when LengthPrefix(value) > 0 => LengthPrefix(value) + sizeof(int),
            0x05 => LengthPrefix(value) + sizeof(int) + 1,
            0x0C => LengthPrefix(value) + sizeof(int) + 12,
            0x0B => RegexLength(value),
            _ => -1,
        };
        return length > value.Length ? -1 : (int)length;
    }

    private static int RegexLength(ReadOnlySpan<byte> value)
    {
        var pattern = value.IndexOf((byte)0);
        var options = pattern < 0 ? -1 : value[(pattern + 1)..].IndexOf((byte)0);
        return options < 0 ? -1 : pattern + options + 2;
    }
}
