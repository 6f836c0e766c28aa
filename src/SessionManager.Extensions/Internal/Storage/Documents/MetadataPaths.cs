using MongoDB.Bson;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The paths that metadata keys stand for: dots in a key lead into nested fields.
/// </summary>
internal static class MetadataPaths
{
    /// <summary>
    /// Gets the path of each key within a session document, for an update. The keys are valid.
    /// </summary>
    public static string[] Create(IEnumerable<string> keys) => [.. keys.Select(ToPath)];

    /// <summary>
    /// Gets the metadata that an update with these fields would leave where there was none. The keys are valid.
    /// </summary>
    /// <exception cref="ArgumentException">A value cannot be stored.</exception>
    public static BsonDocument ToDocument(IReadOnlyDictionary<string, object?> metadata)
    {
        var document = new BsonDocument();
        foreach (var (key, value) in metadata)
        {
            var parent = document;
            var names = key.Split('.').Select(BsonKeys.Encode).ToArray();
            foreach (var name in names[..^1])
            {
                if (!parent.TryGetValue(name, out var child))
                {
                    parent.Add(name, child = new BsonDocument());
                }

                // Made here, for a key beside this one: no key lies within the value of another.
                parent = child.AsBsonDocument;
            }

            parent.Add(names[^1], MetadataValues.ToBson(value, $"{nameof(metadata)}['{key}']"));
        }

        return document;
    }

    /// <summary>
    /// Gets the condition that every path leads through objects, through arrays by index, or through what is not there yet.
    /// </summary>
    public static BsonDocument ToViableFilter(string[] paths)
    {
        // As a condition of the update itself: a read before it would be another command, and could be outdated by then.
        var conditions = new BsonArray();
        foreach (var path in paths)
        {
            for (var end = path.IndexOf('.', Fields.Metadata.Length + 1); end >= 0; end = path.IndexOf('.', end + 1))
            {
                var isIndexed = IsIndex(path[(end + 1)..].Split('.')[0]);
                BsonArray types = isIndexed ? ["missing", "object", "array"] : ["missing", "object"];
                conditions.Add(new BsonDocument("$in", new BsonArray { new BsonDocument("$type", $"${path[..end]}"), types }));
                if (isIndexed)
                {
                    // Expressions cannot look at one item of an array.
                    break;
                }
            }
        }

        return conditions.Count == 0 ? [] : new BsonDocument("$expr", new BsonDocument("$and", conditions));
    }

    /// <summary>
    /// Gets the condition that there is nothing at a path yet, or an integer that an amount can be added to within the range of a long.
    /// </summary>
    public static BsonDocument ToCounterFilter(string path, long amount)
    {
        // Beyond the range, the server's error would quote the number. And an array has the types of its items, too.
        var isInteger = new BsonDocument
        {
            { "$type", new BsonArray { "int", "long" } },
            { "$not", new BsonDocument("$type", "array") },
            amount > 0 ? new BsonElement("$lte", long.MaxValue - amount) : new BsonElement("$gte", long.MinValue - amount),
        };
        return new BsonDocument("$or", new BsonArray { new BsonDocument(path, new BsonDocument("$exists", false)), new BsonDocument(path, isInteger) });
    }

    /// <summary>
    /// Gets the paths to ask for, so that <see cref="MetadataFields.Select"/> finds each key. Keys may repeat or overlap here.
    /// </summary>
    public static string[] CreateProjection(IEnumerable<string> keys)
    {
        var fields = keys.Select(ToProjectable).ToHashSet(StringComparer.Ordinal);
        return [.. fields.Where(field => MetadataKeys.FindParent(field, fields) is null).Select(ToPath)];
    }

    /// <summary>Gets the path of a valid key within a session document.</summary>
    public static string ToPath(string key) => $"{Fields.Metadata}.{string.Join('.', key.Split('.').Select(BsonKeys.Encode))}";

    // An update takes a number for the index of an array's item, a projection never does: it must ask for the array.
    private static string ToProjectable(string key)
    {
        var segments = key.Split('.');
        var index = Array.FindIndex(segments, 1, IsIndex);
        return index < 0 ? key : string.Join('.', segments[..index]);
    }

    private static bool IsIndex(string segment) => segment.Length is > 0 and < 10 && segment.All(char.IsAsciiDigit);
}
