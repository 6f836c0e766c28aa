using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace SessionManager;

/// <summary>
/// Represents the end of a page in a list of sessions, for storages that page by the time and the id of the last session.
/// </summary>
/// <remarks>Its text, <see cref="SessionPage.Next"/> and <see cref="SessionQuery.After"/>, is opaque to callers and safe in URLs.</remarks>
public sealed record SessionCursor
{
    // The order, then the milliseconds of the time, then the id in UTF-8.
    private const int HeaderSize = 1 + sizeof(long);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly long MinTime = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long MaxTime = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>
    /// Gets the order of the list.
    /// </summary>
    public required SessionOrder Order { get; init; }

    /// <summary>
    /// Gets the last session's time in that order, in whole milliseconds.
    /// </summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>
    /// Gets the last session's id in the storage, the text of its <see cref="SessionKey"/>. Of sessions with equal times, those follow whose id is smaller.
    /// </summary>
    public required string SessionId { get; init; }

    /// <summary>
    /// Reads where the page that a query asks for begins.
    /// </summary>
    /// <param name="query">The query.</param>
    /// <returns>The end of the page before; null for the first page.</returns>
    /// <exception cref="ArgumentException">
    /// <see cref="SessionQuery.After"/> is not the end of a page, or that of a list in another order.
    /// </exception>
    public static SessionCursor? Parse(SessionQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.After is null)
        {
            return null;
        }

        const string Name = $"{nameof(query)}.{nameof(query.After)}";
        var cursor = Decode(query.After) ?? throw new ArgumentException("The text is not the end of a page of sessions.", Name);
        return cursor.Order == query.Order
            ? cursor
            : throw new ArgumentException($"The text is the end of a page ordered by {cursor.Order}; this list is ordered by {query.Order}.", Name);
    }

    /// <summary>
    /// Returns the text of the cursor.
    /// </summary>
    /// <returns>What <see cref="Parse"/> reads.</returns>
    public override string ToString()
    {
        var bytes = new byte[HeaderSize + StrictUtf8.GetByteCount(SessionId)];
        bytes[0] = (byte)Order;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), Time.ToUnixTimeMilliseconds());
        StrictUtf8.GetBytes(SessionId, bytes.AsSpan(HeaderSize));
        return Base64Url.EncodeToString(bytes);
    }

    private static SessionCursor? Decode(string text)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            if (bytes.Length >= HeaderSize
                && Enum.IsDefined((SessionOrder)bytes[0])
                && BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(1)) is var time
                && MinTime <= time && time <= MaxTime)
            {
                return new SessionCursor
                {
                    Order = (SessionOrder)bytes[0],
                    Time = DateTimeOffset.FromUnixTimeMilliseconds(time),
                    SessionId = StrictUtf8.GetString(bytes.AsSpan(HeaderSize)),
                };
            }
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            // Not base64, or not UTF-8 in it.
        }

        return null;
    }
}
