using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The end of a page of feedback: how many entries of the session's document are behind it or, once these are, the last document.
/// </summary>
internal readonly record struct FeedbackCursor(int Embedded, long Time, string? Key)
{
    private const int HeaderSize = sizeof(int) + sizeof(long);

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads where the page that a query asks for begins.
    /// </summary>
    /// <exception cref="ArgumentException">The text is not the end of a page.</exception>
    public static FeedbackCursor Parse(FeedbackQuery query)
    {
        if (query.After is null)
        {
            return default;
        }

        try
        {
            var bytes = Base64Url.DecodeFromChars(query.After);
            if (bytes.Length >= HeaderSize && BinaryPrimitives.ReadInt32BigEndian(bytes) is >= 0 and var embedded)
            {
                var key = bytes.Length == HeaderSize ? null : StrictUtf8.GetString(bytes.AsSpan(HeaderSize));
                return new(embedded, BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(sizeof(int))), key);
            }
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            // Not base64, or not UTF-8 in it.
        }

        throw ToFault();
    }

    /// <summary>
    /// Gets the exception for a text that is not the end of a page.
    /// </summary>
    public static ArgumentException ToFault() => new("The text is not the end of a page of feedback.", "query.After");

    /// <summary>
    /// Returns the text of the cursor.
    /// </summary>
    public override string ToString()
    {
        var bytes = new byte[HeaderSize + StrictUtf8.GetByteCount(Key ?? "")];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Embedded);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(sizeof(int)), Time);
        StrictUtf8.GetBytes(Key ?? "", bytes.AsSpan(HeaderSize));
        return Base64Url.EncodeToString(bytes);
    }
}
