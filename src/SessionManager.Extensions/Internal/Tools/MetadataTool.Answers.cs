using MongoDB.Bson;

namespace SessionManager.Internal.Tools;

internal sealed partial class MetadataTool
{
    private const string NoMetadata = "No metadata found for this session";
    private const string EmptyMetadata = "No metadata stored in session";

    // Python takes a string for the list of its characters and deletes those.
    private const string NoKeyList = "Error: keys must be a list of strings";

    private const int ShownCharacters = 100;

    private static string Failed(string message) => $"Error managing metadata: {message}";

    private static string Refused(string verb, string[] keys) =>
        $"Error: not allowed to {verb} metadata fields: {PythonText.Repr(keys)}";

    private static string NoJson(string name, BsonValue text) =>
        $"Error: {name} must be a valid JSON, got: {GetStart(text.AsString)}...";

    private static string GetStart(string text) =>
        string.Concat(text.EnumerateRunes().Take(ShownCharacters).Select(rune => rune.ToString()));
}
