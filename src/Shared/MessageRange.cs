namespace SessionManager.Internal.Shared;

/// <summary>
/// The check of a <see cref="MessageQuery"/>.
/// </summary>
internal static class MessageRange
{
    /// <exception cref="ArgumentNullException">The query is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number in it is negative.</exception>
    public static void ThrowIfInvalid(MessageQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegative(query.Branch ?? 0, $"{nameof(query)}.{nameof(query.Branch)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.FromPosition, $"{nameof(query)}.{nameof(query.FromPosition)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.BeforePosition ?? 0, $"{nameof(query)}.{nameof(query.BeforePosition)}");
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit ?? 0, $"{nameof(query)}.{nameof(query.Limit)}");
    }
}
