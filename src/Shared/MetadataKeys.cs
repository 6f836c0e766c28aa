namespace SessionManager.Internal.Shared;

/// <summary>
/// The rules for the keys of metadata, in which dots lead into nested fields.
/// </summary>
internal static class MetadataKeys
{
    // MongoDB refuses more than 100 levels in a document. Most of them are for values.
    private const int MaxSegments = 32;

    // A server works on an update of 100,000 paths for minutes, long after its caller has given up.
    private const int MaxCount = 1_000;

    /// <summary>
    /// Returns what is wrong with a key, or null where nothing is.
    /// </summary>
    public static string? FindFault(string? key)
    {
        if (string.IsNullOrWhiteSpace(key))
        {
            return "is empty";
        }

        if (key.Contains('\0', StringComparison.Ordinal))
        {
            return "contains NUL";
        }

        if (!Utf16.IsWellFormed(key))
        {
            return "contains half of a surrogate pair";
        }

        if (key.AsSpan().Count('.') >= MaxSegments)
        {
            return $"has more than {MaxSegments} segments";
        }

        foreach (var segment in key.AsSpan().Split('.'))
        {
            var name = key.AsSpan()[segment];
            if (name.IsEmpty || name[0] == '$')
            {
                return name.IsEmpty ? "has an empty segment" : "has a segment that starts with '$'";
            }
        }

        return null;
    }

    /// <exception cref="ArgumentException">The key is not valid.</exception>
    public static void ThrowIfInvalid(string? key, string paramName)
    {
        if (FindFault(key) is { } fault)
        {
            throw new ArgumentException($"The metadata key '{LogText.Escape(Utf16.ToWellFormed(key ?? ""))}' {fault}.", paramName);
        }
    }

    /// <exception cref="ArgumentException">A key is not valid.</exception>
    public static void ThrowIfInvalid(IEnumerable<string> keys, string paramName)
    {
        // The enumerator of an array allocates nothing where it is known to be one.
        if (keys is string[] array)
        {
            foreach (var key in array)
            {
                ThrowIfInvalid(key, paramName);
            }

            return;
        }

        foreach (var key in keys)
        {
            ThrowIfInvalid(key, paramName);
        }
    }

    /// <summary>
    /// Refuses more keys than one operation may have.
    /// </summary>
    /// <exception cref="ArgumentException">There are too many.</exception>
    public static void ThrowIfTooMany(int count, string paramName)
    {
        if (count > MaxCount)
        {
            throw new ArgumentException($"{count} metadata keys are given; at most {MaxCount} are allowed in one operation.", paramName);
        }
    }

    /// <summary>
    /// Refuses keys that cannot be written together.
    /// </summary>
    /// <exception cref="ArgumentException">A key is not valid, or lies within the field of another one.</exception>
    public static void ThrowIfUnwritable(IReadOnlyCollection<string> keys, string paramName)
    {
        ThrowIfTooMany(keys.Count, paramName);
        ThrowIfInvalid(keys, paramName);
        ThrowIfOverlapping(keys, keys.Count, paramName);
    }

    /// <inheritdoc cref="ThrowIfUnwritable(IReadOnlyCollection{string}, string)"/>
    public static void ThrowIfUnwritable(IReadOnlyDictionary<string, object?> fields, string paramName)
    {
        ThrowIfTooMany(fields.Count, paramName);
        // Nor does that of a dictionary.
        if (fields is Dictionary<string, object?> map)
        {
            foreach (var (key, _) in map)
            {
                ThrowIfInvalid(key, paramName);
            }
        }
        else
        {
            ThrowIfInvalid(fields.Keys, paramName);
        }

        ThrowIfOverlapping(fields.Keys, fields.Count, paramName);
    }

    /// <summary>
    /// Finds the key among others that a key lies within.
    /// </summary>
    public static string? FindParent(string key, HashSet<string> keys)
    {
        var parents = keys.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var end = key.IndexOf('.', StringComparison.Ordinal); end >= 0; end = key.IndexOf('.', end + 1))
        {
            if (parents.TryGetValue(key.AsSpan(0, end), out var parent))
            {
                return parent;
            }
        }

        return null;
    }

    private static void ThrowIfOverlapping(IEnumerable<string> keys, int count, string paramName)
    {
        if (count < 2)
        {
            return;
        }

        var seen = new HashSet<string>(count, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            if (!seen.Add(key))
            {
                throw new ArgumentException($"The metadata key '{LogText.Escape(key)}' is given twice.", paramName);
            }
        }

        foreach (var key in keys)
        {
            if (FindParent(key, seen) is { } parent)
            {
                throw new ArgumentException($"The metadata key '{LogText.Escape(key)}' lies within '{LogText.Escape(parent)}', which is given too.", paramName);
            }
        }
    }
}
