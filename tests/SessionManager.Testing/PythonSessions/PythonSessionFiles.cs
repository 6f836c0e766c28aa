using MongoDB.Bson;

namespace SessionManager.Testing.PythonSessions;

/// <summary>
/// Sessions that the Python library has written, of several versions, each a document as it was stored.
/// </summary>
public static class PythonSessionFiles
{
    private const string Prefix = "PythonSessions.";
    private const string Suffix = ".json";

    public static IReadOnlyList<string> Names { get; } =
    [
        .. typeof(PythonSessionFiles).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    public static BsonDocument Read(string name)
    {
        using var stream = typeof(PythonSessionFiles).Assembly.GetManifestResourceStream($"{Prefix}{name}{Suffix}")
            ?? throw new ArgumentException($"There is no file '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return BsonDocument.Parse(reader.ReadToEnd());
    }
}
