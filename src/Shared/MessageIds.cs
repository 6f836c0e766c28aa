using System.Globalization;

namespace SessionManager.Internal.Shared;

/// <summary>
/// The ids that the library gives to messages that come without one. They tell messages apart in a session, and are nothing
/// to a model's provider.
/// </summary>
internal static class MessageIds
{
    private const string Prefix = "session-message-";

    // For messages that were stored without an id, by other programs among others.
    private const string AtPrefix = Prefix + "at-";

    public static string Create() => Prefix + Guid.NewGuid().ToString("N");

    public static string At(int position) => string.Create(CultureInfo.InvariantCulture, $"{AtPrefix}{position}");

    public static bool IsOwn(string? id) => id?.StartsWith(Prefix, StringComparison.Ordinal) == true;

    /// <summary>
    /// Gets the position that an id stands for; null where it is stored with its message.
    /// </summary>
    public static int? GetPosition(string id) =>
        id.StartsWith(AtPrefix, StringComparison.Ordinal)
        && int.TryParse(id.AsSpan(AtPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            ? position
            : null;
}
