using System.Security.Cryptography;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Documents as bytes: what is carried over unread stays byte for byte what it was, and is hashed as it is stored.
/// </summary>
internal static class RawBson
{
    /// <summary>
    /// Finds a document by its <c>_id</c>.
    /// </summary>
    public static async Task<RawBsonDocument?> FindAsync(IMongoCollection<RawBsonDocument> collection, string id, CancellationToken cancellationToken)
    {
        using var cursor = await collection.FindAsync(new BsonDocument(Names.Id, id), cancellationToken: cancellationToken).ConfigureAwait(false);
        return await cursor.SingleOrDefaultAsync(cancellationToken).ConfigureAwait(false) is { } found ? Detach(found) : null;
    }

    /// <summary>
    /// Copies a document out of the buffer of the answer that it came in, which would stay as long as any document of it.
    /// </summary>
    public static RawBsonDocument Detach(RawBsonDocument document)
    {
        using (document)
        {
            return new RawBsonDocument(GetBytes(document));
        }
    }

    public static byte[] GetBytes(RawBsonDocument document)
    {
        var bytes = new byte[document.Slice.Length];
        document.Slice.GetBytes(0, bytes, 0, bytes.Length);
        return bytes;
    }

    /// <summary>
    /// Gets the bytes of a document where they are. Only one that lies in several buffers is copied.
    /// </summary>
    public static ReadOnlySpan<byte> GetSpan(RawBsonDocument document)
    {
        var first = document.Slice.AccessBackingBytes(0);
        return first.Count >= document.Slice.Length ? first.AsSpan(0, document.Slice.Length) : GetBytes(document);
    }

    public static BsonValue? Find(BsonDocument? document, string name) =>
        document is not null && document.TryGetValue(name, out var value) ? value : null;

    public static T? Find<T>(BsonDocument? document, string name)
        where T : BsonValue => Find(document, name) as T;

    /// <summary>
    /// Makes an object of a document, down to its leaves. Another writer may have stored a name twice.
    /// </summary>
    public static BsonDocument Materialize(RawBsonDocument document)
    {
        using var stream = new ByteBufferStream(document.Slice, ownsBuffer: false);
        using var reader = new BsonBinaryReader(stream);
        return BsonDocumentSerializer.Instance.Deserialize(
            BsonDeserializationContext.CreateRoot(reader, static builder => builder.AllowDuplicateElementNames = true));
    }

    public static RawBsonDocument ToRaw(BsonDocument document) => new(document.ToBson());

    /// <summary>
    /// Hashes a document, names and values as they are stored, without the element of one name.
    /// </summary>
    public static byte[] HashWithout(RawBsonDocument document, string name) => HashWithout(GetBytes(document), name, out _);

    /// <inheritdoc cref="HashWithout(RawBsonDocument, string)"/>
    /// <param name="bytes">The document.</param>
    /// <param name="name">The name of the element to leave out.</param>
    /// <param name="end">Where that element ends, or -1.</param>
    public static byte[] HashWithout(byte[] bytes, string name, out int end)
    {
        end = -1;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new ByteBufferStream(new ByteArrayBuffer(bytes, isReadOnly: true), ownsBuffer: true);
        using var reader = new BsonBinaryReader(stream);
        reader.ReadStartDocument();
        while (true)
        {
            var start = (int)stream.Position;
            if (reader.ReadBsonType() == BsonType.EndOfDocument)
            {
                return hash.GetHashAndReset();
            }

            var isLeftOut = reader.ReadName() == name;
            reader.SkipValue();
            if (isLeftOut)
            {
                end = (int)stream.Position;
            }
            else
            {
                hash.AppendData(bytes, start, (int)stream.Position - start);
            }
        }
    }
}
