using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Metadata of Python's: a key with a dot in it, which stands there as it is, becomes the nested field that it means here.
/// </summary>
internal static class MetadataMapper
{
    public static BsonDocument Map(BsonDocument metadata, Findings findings)
    {
        var mapped = new BsonDocument();
        var dotted = new List<BsonElement>();
        foreach (var element in metadata)
        {
            if (element.Name.Contains('.', StringComparison.Ordinal))
            {
                dotted.Add(element);
            }
            else
            {
                mapped[TargetLayout.ToName(element.Name)] = ToNames(element.Value);
            }
        }

        // After all others, so that it does not depend on the order whether there is a place for them.
        foreach (var element in dotted)
        {
            if (!TryNest(mapped, element))
            {
                mapped[TargetLayout.ToName(element.Name)] = ToNames(element.Value);
                findings.Add(
                    PythonMigrationFindingKind.MetadataConflict, $"{Names.Metadata}['{element.Name}']", "Its place as a nested field is taken. The key is percent-encoded.");
            }
        }

        return mapped;
    }

    private static bool TryNest(BsonDocument root, BsonElement element)
    {
        var segments = element.Name.Split('.');
        if (segments.Any(static segment => segment.Length == 0 || segment[0] == '$'))
        {
            return false;
        }

        var names = segments.Select(TargetLayout.ToName).ToArray();
        var parent = root;
        var depth = 0;
        while (depth < names.Length - 1 && parent.TryGetValue(names[depth], out var child))
        {
            if (child is not BsonDocument document)
            {
                return false;
            }

            parent = document;
            depth++;
        }

        if (depth == names.Length - 1 && parent.Contains(names[depth]))
        {
            return false;
        }

        for (; depth < names.Length - 1; depth++)
        {
            var child = new BsonDocument();
            parent.Add(names[depth], child);
            parent = child;
        }

        parent.Add(names[^1], ToNames(element.Value));
        return true;
    }

    // A name within a value is addressed by a path as well.
    private static BsonValue ToNames(BsonValue value) => value switch
    {
        BsonDocument document => new BsonDocument(allowDuplicateNames: true)
            .AddRange(document.Select(static element => new BsonElement(TargetLayout.ToName(element.Name), ToNames(element.Value)))),
        BsonArray array => new BsonArray(array.Select(ToNames)),
        _ => value,
    };
}
