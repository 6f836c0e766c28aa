using System.Buffers;
using System.Buffers.Binary;
using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>Puts reply documents into messages.</summary>
internal static class Reply
{
    private const int OpReply = 1;
    private const int OpMsg = 2013;
    private const int MessagePrefix = MessageReader.HeaderLength + 5;
    private const int LegacyPrefix = MessageReader.HeaderLength + 20;

    public static BsonDocument Ok => new("ok", 1.0);

    public static BsonDocument Error(int code, string message) => new()
    {
        { "ok", 0.0 },
        { "errmsg", message },
        { "code", code },
        { "codeName", MongoError.NameOf(code) },
    };

    public static void Write(IBufferWriter<byte> output, Request request, ReadOnlySpan<byte> document)
    {
        var prefixLength = request.IsLegacy ? LegacyPrefix : MessagePrefix;
        var prefix = output.GetSpan(prefixLength)[..prefixLength];
        prefix.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(prefix, prefixLength + document.Length);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[8..], request.Id);
        BinaryPrimitives.WriteInt32LittleEndian(prefix[12..], request.IsLegacy ? OpReply : OpMsg);
        if (request.IsLegacy)
        {
            const int NumberReturned = LegacyPrefix - sizeof(int);
            BinaryPrimitives.WriteInt32LittleEndian(prefix[NumberReturned..], 1);
        }

        output.Advance(prefixLength);
        output.Write(document);
    }
}
