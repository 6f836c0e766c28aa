using System.Text;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Checks the ids that the application chooses, before they reach the server.
/// </summary>
internal static class Identifier
{
    private const int MaxBytes = 255;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void ThrowIfInvalid(string id, string paramName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id, paramName);
        if (id.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("The id contains a NUL character.", paramName);
        }

        var size = GetByteCount(id, paramName);
        if (size > MaxBytes)
        {
            throw new ArgumentException($"The id takes {size} bytes in UTF-8; at most {MaxBytes} are allowed.", paramName);
        }
    }

    /// <summary>
    /// Refuses text that has no form in UTF-8, and so none in a database.
    /// </summary>
    public static void ThrowIfIllFormed(string? text, string paramName)
    {
        if (!Utf16.IsWellFormed(text))
        {
            throw new ArgumentException($"{paramName} contains half of a surrogate pair.", paramName);
        }
    }

    private static int GetByteCount(string id, string paramName)
    {
        try
        {
            return StrictUtf8.GetByteCount(id);
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException("The id contains half of a surrogate pair.", paramName);
        }
    }
}
