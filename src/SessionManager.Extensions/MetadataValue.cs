using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager;

/// <summary>
/// Turns what callers give as metadata into what a later read returns, as the table at
/// <see cref="ISessionManager.UpdateMetadataAsync"/> says: for storages of one's own, in metadata, in the additional
/// properties of feedback and in the metadata of prompts.
/// </summary>
/// <remarks>
/// Everything that it returns is null, a <see cref="string"/>, <see cref="bool"/>, <see cref="int"/>, <see cref="long"/>,
/// <see cref="double"/>, <see cref="decimal"/>, <see cref="DateTimeOffset"/>, an array of <see cref="byte"/>, a
/// <see cref="List{T}"/> of <see cref="object"/> or a <see cref="Dictionary{TKey, TValue}"/> of <see cref="string"/> and
/// <see cref="object"/> with such values. It shares nothing with what was given, and gives the same when it is given again.
/// </remarks>
public static class MetadataValue
{
    /// <summary>
    /// Gets what a read returns for a value.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="location">Where the caller gave it, for exceptions: an argument, such as <c>metadata['customer']</c>.</param>
    /// <returns>A copy of the value, of one of the types above.</returns>
    /// <exception cref="ArgumentException">The value, or one inside it, cannot be stored. The message says which, and its type.</exception>
    public static object? Normalize(object? value, string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        return MetadataValues.FromBson(MetadataValues.ToBson(value, location));
    }

    /// <summary>
    /// Gets what a read returns for a map, whose keys may be any strings.
    /// </summary>
    /// <param name="values">The map.</param>
    /// <param name="location">Where the caller gave it, for exceptions: an argument.</param>
    /// <returns>A copy of the map, with values of the types above.</returns>
    /// <exception cref="ArgumentException">A value cannot be stored. The message says which, and its type.</exception>
    public static Dictionary<string, object?> Normalize(IReadOnlyDictionary<string, object?> values, string location)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(location);
        return MetadataValues.FromBson(MetadataValues.ToBson(values, location));
    }
}
