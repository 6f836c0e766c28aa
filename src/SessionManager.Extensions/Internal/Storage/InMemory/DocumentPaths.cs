using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// Changes and compares the fields of a session document by their path, as the server's <c>$set</c>, <c>$unset</c> and
/// comparison do.
/// </summary>
internal static class DocumentPaths
{
    /// <summary>
    /// Sets a field, adding the documents that lead to it.
    /// </summary>
    /// <exception cref="ArgumentException">The path leads into a value that has no fields.</exception>
    public static void Set(BsonDocument root, string path, BsonValue value, string paramName)
    {
        BsonValue parent = root;
        var segments = path.Split('.');
        foreach (var segment in segments[..^1])
        {
            if (GetChild(parent, segment) is not { } child)
            {
                SetChild(parent, segment, child = new BsonDocument(), path, paramName);
            }

            parent = child;
        }

        SetChild(parent, segments[^1], value, path, paramName);
    }

    /// <summary>
    /// Removes a field, if it is there. An item of an array becomes null instead, so that the others stay where they are.
    /// </summary>
    public static void Remove(BsonDocument root, string path)
    {
        BsonValue? parent = root;
        var segments = path.Split('.');
        foreach (var segment in segments[..^1])
        {
            parent = parent is null ? null : GetChild(parent, segment);
        }

        if (parent is BsonDocument document)
        {
            document.Remove(segments[^1]);
        }
        else if (parent is BsonArray array && TryGetIndex(segments[^1], out var index) && index < array.Count)
        {
            array[index] = BsonNull.Value;
        }
    }

    /// <summary>
    /// Tells whether a field has a value, or is an array that has it as an item. Null matches a field that is not there.
    /// </summary>
    public static bool Matches(BsonDocument root, string path, BsonValue value)
    {
        var found = FindAll(root, path.Split('.')).ToList();
        return found.Count == 0
            ? value.IsBsonNull
            : found.Exists(candidate => candidate.CompareTo(value) == 0 || (candidate is BsonArray items && items.Any(item => item.CompareTo(value) == 0)));
    }

    private static IEnumerable<BsonValue> FindAll(BsonValue value, ArraySegment<string> segments)
    {
        if (segments.Count == 0)
        {
            return [value];
        }

        var child = GetChild(value, segments[0]);
        var found = child is null ? [] : FindAll(child, segments[1..]);
        // As in queries of the server, a path goes on in every object of an array.
        return value is BsonArray array
            ? found.Concat(array.OfType<BsonDocument>().SelectMany(item => FindAll(item, segments)))
            : found;
    }

    private static BsonValue? GetChild(BsonValue parent, string segment) => parent switch
    {
        BsonDocument document when document.TryGetValue(segment, out var child) => child,
        BsonArray array when TryGetIndex(segment, out var index) && index < array.Count => array[index],
        _ => null,
    };

    private static void SetChild(BsonValue parent, string segment, BsonValue value, string path, string paramName)
    {
        if (parent is BsonDocument document)
        {
            document[segment] = value;
        }
        else if (parent is BsonArray array && TryGetIndex(segment, out var index))
        {
            // As the server does: what is missing in between becomes null.
            while (array.Count <= index)
            {
                array.Add(BsonNull.Value);
            }

            array[index] = value;
        }
        else
        {
            throw new ArgumentException($"The path '{path}' leads into a {parent.BsonType} at '{segment}', which has no fields.", paramName);
        }
    }

    private static bool TryGetIndex(string segment, out int index) =>
        int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
