using System.Text;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Checks the ids that the application chooses, before they reach the server.
/// </summary>
internal static class Identifier
{
    private const int MaxBytes = 255;

    public static void ThrowIfInvalid(string id, string paramName)
    {
        ArgumentNullException.ThrowIfNull(id, paramName);
        if (FindFault(id) is { } fault)
        {
            throw new ArgumentException(fault, paramName);
        }
    }

    /// <summary>
    /// Finds what makes a text none that may be an id: a sentence, or null where nothing does.
    /// </summary>
    public static string? FindFault(string id)
    {
        if (string.IsNullOrWhiteSpace(id))
        {
            return "The id is empty or nothing but white space.";
        }

        if (id.Contains('\0', StringComparison.Ordinal))
        {
            return "The id contains a NUL character.";
        }

        if (!Utf16.IsWellFormed(id))
        {
            return "The id contains half of a surrogate pair.";
        }

        var size = Encoding.UTF8.GetByteCount(id);
        return size > MaxBytes ? $"The id takes {size} bytes in UTF-8; at most {MaxBytes} are allowed." : null;
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
}
