using System.Globalization;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager;

/// <summary>
/// Finds the fields of metadata by their keys, in which dots lead into nested maps and, by number, into lists: for storages
/// of one's own whose database cannot do so.
/// </summary>
/// <remarks>Metadata is as <see cref="MetadataValue"/> makes it. Keys are valid, as they are where a storage is called.</remarks>
public static class MetadataFields
{
    // MongoDB pads an array with as many nulls and no more.
    private const int MaxPadding = 1_500_000;

    /// <summary>
    /// Gets a field.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, which is part of the metadata; null when there is no such field.</param>
    /// <returns>True when the field is there.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static bool TryGet(IReadOnlyDictionary<string, object?> metadata, string key, out object? value)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(key);
        value = metadata;
        foreach (var segment in key.Split('.'))
        {
            if (!TryGetChild(value, segment, out value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Gets those of some fields that are there.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="keys">The keys, which may repeat or overlap.</param>
    /// <returns>The fields under their keys, in the order of the keys.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Dictionary<string, object?> Select(IReadOnlyDictionary<string, object?> metadata, IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var found = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (TryGet(metadata, key, out var value))
            {
                found[key] = value;
            }
        }

        return found;
    }

    /// <summary>
    /// Sets a field, adding the maps that lead to it. A list grows by nulls up to its index.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">An argument is null, or the key leads into a value that has no fields. Nothing has changed.</exception>
    public static void Set(Dictionary<string, object?> metadata, string key, object? value)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(key);
        object? parent = metadata;
        var segments = key.Split('.');
        foreach (var segment in segments[..^1])
        {
            if (!TryGetChild(parent, segment, out var child))
            {
                SetChild(parent, segment, child = new Dictionary<string, object?>(StringComparer.Ordinal), key);
            }

            parent = child;
        }

        SetChild(parent, segments[^1], value, key);
    }

    /// <summary>
    /// Adds to a field. One that is not there counts as 0, and is set as by <see cref="Set"/>.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="key">The key.</param>
    /// <param name="amount">What to add.</param>
    /// <returns>The value after it, which the field has as a <see cref="long"/>.</returns>
    /// <exception cref="ArgumentException">
    /// An argument is null, the field holds no <see cref="int"/> or <see cref="long"/>, or the key leads into a value that has no fields.
    /// Nothing has changed.
    /// </exception>
    /// <exception cref="OverflowException">The value would be beyond the range of a long. Nothing has changed.</exception>
    public static long Increment(Dictionary<string, object?> metadata, string key, long amount)
    {
        var number = !TryGet(metadata, key, out var value) ? 0 : value switch
        {
            int integer => integer,
            long integer => integer,
            _ => throw ToNoInteger(key),
        };
        long sum;
        try
        {
            sum = checked(number + amount);
        }
        catch (OverflowException)
        {
            throw new OverflowException($"The metadata field '{LogText.Escape(key)}' would go beyond the range of a long.");
        }

        Set(metadata, key, sum);
        return sum;
    }

    /// <summary>
    /// Removes a field, if it is there. An item of a list becomes null instead, so that the others stay where they are.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void Remove(Dictionary<string, object?> metadata, string key)
    {
        if (!TryGet(metadata, key, out _))
        {
            return;
        }

        var end = key.LastIndexOf('.');
        object? parent = metadata;
        if (end >= 0)
        {
            TryGet(metadata, key[..end], out parent);
        }

        if (parent is Dictionary<string, object?> map)
        {
            map.Remove(key[(end + 1)..]);
        }
        else
        {
            SetChild(parent, key[(end + 1)..], value: null, key);
        }
    }

    /// <summary>
    /// Tells whether a field is as <see cref="SessionQuery.Metadata"/> asks for: it is the value, or a list that has it as an item.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="key">The key. It leads into the maps in a list as well.</param>
    /// <param name="value">The value. Numbers are equal whatever their type; null also matches a field that is not there.</param>
    /// <returns>True when it is.</returns>
    /// <exception cref="ArgumentException">An argument is null, or the value is none that metadata can hold.</exception>
    public static bool Matches(IReadOnlyDictionary<string, object?> metadata, string key, object? value)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(key);
        var expected = MetadataValues.ToBson(value, nameof(value));
        var found = FindAll(metadata, key.Split('.')).ToList();
        return found.Count == 0
            ? expected.IsBsonNull
            : found.Exists(candidate => IsExpected(candidate) || (candidate is IReadOnlyList<object?> items && items.Any(IsExpected)));

        bool IsExpected(object? candidate) => MetadataValues.ToBson(candidate, nameof(metadata)).CompareTo(expected) == 0;
    }

    internal static ArgumentException ToNoInteger(string key) =>
        new($"The metadata field '{LogText.Escape(key)}' holds no integer that could be added to.", nameof(key));

    private static IEnumerable<object?> FindAll(object? value, ArraySegment<string> segments)
    {
        if (segments.Count == 0)
        {
            return [value];
        }

        var found = TryGetChild(value, segments[0], out var child) ? FindAll(child, segments[1..]) : [];
        return value is IReadOnlyList<object?> list
            ? found.Concat(list.OfType<IReadOnlyDictionary<string, object?>>().SelectMany(item => FindAll(item, segments)))
            : found;
    }

    private static bool TryGetChild(object? parent, string segment, out object? child)
    {
        child = null;
        if (parent is IReadOnlyDictionary<string, object?> map)
        {
            return map.TryGetValue(segment, out child);
        }

        if (parent is not IReadOnlyList<object?> list || !TryGetIndex(segment, out var index) || index >= list.Count)
        {
            return false;
        }

        child = list[index];
        return true;
    }

    private static void SetChild(object? parent, string segment, object? value, string key)
    {
        if (parent is Dictionary<string, object?> map)
        {
            map[segment] = value;
        }
        else if (parent is List<object?> list && TryGetIndex(segment, out var index) && index - list.Count <= MaxPadding)
        {
            list.AddRange(Enumerable.Repeat<object?>(null, Math.Max(0, index + 1 - list.Count)));
            list[index] = value;
        }
        else
        {
            throw new ArgumentException($"The key '{LogText.Escape(key)}' leads into a value that has no field '{LogText.Escape(segment)}', and can have none.", nameof(key));
        }
    }

    private static bool TryGetIndex(string segment, out int index) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
