using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Tools;

/// <summary>
/// The metadata keys that an agent may use: all, or some with the nested fields under them. A key that is allowed does not
/// allow its parent, by which its siblings could be read or overwritten.
/// </summary>
internal sealed class AllowedKeys
{
    private readonly string[]? _keys;

    /// <param name="keys">The keys, or null for all.</param>
    /// <param name="paramName">The argument that they come from.</param>
    /// <exception cref="ArgumentException">A key is not valid.</exception>
    public AllowedKeys(IReadOnlyCollection<string>? keys, string paramName)
    {
        if (keys is null)
        {
            return;
        }

        MetadataKeys.ThrowIfInvalid(keys, paramName);

        // Keys inside of others are left out: a read of all readable keys would show their fields twice.
        _keys = [.. keys.Distinct(StringComparer.Ordinal).Where(key => !keys.Any(other => other.Length < key.Length && Includes(other, key)))];
    }

    /// <summary>Gets the keys, none of them within another, or null for all.</summary>
    public IReadOnlyCollection<string>? Keys => _keys;

    public bool Allows(string key) => _keys is null || Array.Exists(_keys, allowed => Includes(allowed, key));

    public string[] FindRefused(IEnumerable<string> keys) => _keys is null ? [] : [.. keys.Where(key => !Allows(key))];

    private static bool Includes(string parent, string key) =>
        key.StartsWith(parent, StringComparison.Ordinal) && (key.Length == parent.Length || key[parent.Length] == '.');
}
