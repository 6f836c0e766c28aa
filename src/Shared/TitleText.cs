namespace SessionManager.Internal.Shared;

/// <summary>
/// The limits of a session's title.
/// </summary>
internal static class TitleText
{
    /// <summary>
    /// The largest number of characters.
    /// </summary>
    public const int MaxLength = 200;

    /// <summary>
    /// The number of oldest messages that a model's title may tell of.
    /// </summary>
    public const int MaxMessages = 32;

    /// <summary>
    /// Refuses what is no title. Null is none.
    /// </summary>
    public static void ThrowIfInvalid(string? title, string paramName)
    {
        if (title is null)
        {
            return;
        }

        ArgumentException.ThrowIfNullOrWhiteSpace(title, paramName);
        Identifier.ThrowIfIllFormed(title, paramName);
        if (title.Length > MaxLength)
        {
            throw new ArgumentException($"The title has {title.Length} characters; at most {MaxLength} are allowed.", paramName);
        }
    }
}
