using System.Text.Json;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Events;

/// <summary>
/// Selects what an operation did to certain metadata fields. No fields means all.
/// </summary>
internal sealed class MetadataSelection(IEnumerable<string> fields)
{
    private readonly string[] _fields = [.. fields];

    /// <summary>
    /// Selects from an update.
    /// </summary>
    /// <returns>Copies of what it sets, and the fields that it removes by replacing what they were in.</returns>
    public (IReadOnlyDictionary<string, object?> Metadata, IReadOnlyList<string> DeletedKeys) Select(IReadOnlyDictionary<string, object?> update)
    {
        var metadata = new Dictionary<string, object?>(StringComparer.Ordinal);
        var deletedKeys = new List<string>();
        foreach (var (key, value) in update)
        {
            if (IsSelected(key))
            {
                metadata[key] = value;
                continue;
            }

            // The update replaces what the field is in: by something that has the field, or by something that lacks it.
            foreach (var field in _fields.Where(field => IsInside(field, key)))
            {
                if (TryFind(value, field[(key.Length + 1)..].Split('.'), out var inner))
                {
                    metadata[field] = inner;
                }
                else
                {
                    deletedKeys.Add(field);
                }
            }
        }

        return (metadata.AsReadOnly(), deletedKeys.AsReadOnly());
    }

    /// <summary>
    /// Selects from the keys of a removal.
    /// </summary>
    public IReadOnlyList<string> SelectKeys(IEnumerable<string> keys) => keys
        .SelectMany(key => IsSelected(key) ? [key] : _fields.Where(field => IsInside(field, key)))
        .Distinct(StringComparer.Ordinal)
        .ToList()
        .AsReadOnly();

    private bool IsSelected(string key) => _fields.Length == 0 || Array.Exists(_fields, field => key == field || IsInside(key, field));

    private static bool IsInside(string path, string parent) =>
        path.Length > parent.Length && path[parent.Length] == '.' && path.StartsWith(parent, StringComparison.Ordinal);

    private static bool TryFind(object? value, ReadOnlySpan<string> path, out object? found)
    {
        found = value;
        foreach (var segment in path)
        {
            if (found is IReadOnlyDictionary<string, object?> map)
            {
                if (!map.TryGetValue(segment, out found))
                {
                    return false;
                }
            }
            else if (JsonSerializer.SerializeToElement(found, found?.GetType() ?? typeof(object), TypedMetadata.DefaultOptions) is { ValueKind: JsonValueKind.Object } element
                && element.TryGetProperty(segment, out var property))
            {
                found = property;
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}
