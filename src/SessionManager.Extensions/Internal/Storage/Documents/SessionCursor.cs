using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The end of a page in a list of sessions: where in the order its last session stands. Its text is opaque to callers.
/// </summary>
/// <param name="Order">The order of the list.</param>
/// <param name="Time">The last session's time in that order.</param>
/// <param name="SessionId">The last session's id, which decides between equal times.</param>
internal sealed record SessionCursor(SessionOrder Order, BsonDateTime Time, string SessionId)
{
    // The order, then the milliseconds of the time, then the id in UTF-8.
    private const int HeaderSize = 1 + sizeof(long);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads a cursor from its text.
    /// </summary>
    /// <exception cref="ArgumentException">The text is no cursor, or one of a list in another order.</exception>
    public static SessionCursor Parse(string text, SessionOrder order, string paramName)
    {
        if (!TryParse(text, out var cursor))
        {
            throw new ArgumentException("The text is not the end of a page of sessions.", paramName);
        }

        return cursor.Order == order
            ? cursor
            : throw new ArgumentException($"The text is the end of a page ordered by {cursor.Order}; this list is ordered by {order}.", paramName);
    }

    /// <summary>
    /// Gets the text of the cursor, safe in URLs.
    /// </summary>
    public string ToText()
    {
        var bytes = new byte[HeaderSize + StrictUtf8.GetByteCount(SessionId)];
        bytes[0] = (byte)Order;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), Time.MillisecondsSinceEpoch);
        StrictUtf8.GetBytes(SessionId, bytes.AsSpan(HeaderSize));
        return Base64Url.EncodeToString(bytes);
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out SessionCursor? cursor)
    {
        cursor = null;
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            if (bytes.Length > HeaderSize)
            {
                var time = new BsonDateTime(BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(1)));
                cursor = new SessionCursor((SessionOrder)bytes[0], time, StrictUtf8.GetString(bytes.AsSpan(HeaderSize)));
            }
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            // Not base64, or not UTF-8 in it.
        }

        return cursor is not null && Enum.IsDefined(cursor.Order);
    }
}
