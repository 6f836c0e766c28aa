using System.Text.RegularExpressions;
using SessionManager.Testing;

namespace SessionManager;

/// <summary>
/// The drawing of docs/architecture.md, and what the assembly is.
/// </summary>
public sealed partial class LayersTests
{
    private const string Internal = "SessionManager.Internal.";

    [Fact]
    public void Folders_TypesThatTheyName_AreThoseOfTheDrawing()
    {
        var architecture = File.ReadAllText(Repository.GetPath("docs/architecture.md"));

        var drawn = DrawnFolder().Matches(architecture)
            .ToDictionary(line => line.Groups["folder"].Value, line => line.Groups["uses"].Value.Trim(), StringComparer.Ordinal);

        Assert.Equal(FindUses().Select(folder => $"{folder.Key} -> {folder.Value}"), drawn.Select(folder => $"{folder.Key} -> {folder.Value}"));
    }

    [Fact]
    public void Folders_TypesThatTheyName_MakeNoCircle()
    {
        var left = FindUses().ToDictionary(folder => folder.Key, folder => folder.Value.Split(", ", StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);

        // What uses nothing that is left is no part of a circle.
        while (left.Where(folder => !folder.Value.Any(left.ContainsKey)).Select(folder => folder.Key).ToList() is { Count: > 0 } lowest)
        {
            lowest.ForEach(folder => left.Remove(folder));
        }

        Assert.Empty(left);
    }

    /// <summary>
    /// Finds the folders that the code of each folder uses, and checks that of the root it uses only public types.
    /// </summary>
    private static SortedDictionary<string, string> FindUses()
    {
        var assembly = typeof(MongoSessionManagerOptions).Assembly;
        var uses = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in assembly.GetTypes().Where(IsInternal).GroupBy(type => type.Namespace!, StringComparer.Ordinal))
        {
            var used = folder.SelectMany(NamedTypes.Of).Where(type => type.Assembly == assembly && type.Namespace != folder.Key).ToHashSet();
            uses[GetFolder(folder.Key)] = string.Join(", ", used.Where(IsInternal).Select(type => GetFolder(type.Namespace!)).Distinct().Order(StringComparer.Ordinal));
            Assert.All(used.Where(type => type.Namespace == nameof(SessionManager)), type => Assert.True(type.IsPublic, $"{folder.Key} uses {type}"));
        }

        return uses;
    }

    private static bool IsInternal(Type type) => type.Namespace?.StartsWith(Internal, StringComparison.Ordinal) == true;

    private static string GetFolder(string name) => name[Internal.Length..].Replace('.', '/');

    [GeneratedRegex(@"^(?<folder>[A-Z]\w+(/\w+)*) *→(?<uses>.*)$", RegexOptions.Multiline)]
    private static partial Regex DrawnFolder();
}
