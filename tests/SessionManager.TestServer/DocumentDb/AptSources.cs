using System.Text.RegularExpressions;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>Finds the Debian mirror that a machine's own apt uses.</summary>
internal static partial class AptSources
{
    private const string MirrorFilePrefix = "mirror+file:";

    /// <summary>Reads the first mirror that offers the release's own suite.</summary>
    /// <param name="folder">apt's configuration folder.</param>
    /// <param name="codename">The release, as in <c>VERSION_CODENAME</c> of os-release.</param>
    /// <returns>The mirror's URI, or <see langword="null"/> if there is none that debootstrap could use.</returns>
    public static string? FindMirror(string folder, string codename)
    {
        var parts = Path.Combine(folder, "sources.list.d");
        var partFiles = Directory.Exists(parts) ? Directory.GetFiles(parts) : [];
        return partFiles
            .Append(Path.Combine(folder, "sources.list"))
            .Where(File.Exists)
            .SelectMany(file => file switch
            {
                _ when file.EndsWith(".sources", StringComparison.Ordinal) => ReadParagraphs(file),
                _ when file.EndsWith(".list", StringComparison.Ordinal) => ReadLines(file),
                _ => [],
            })
            .Where(source => source.Suites.Contains(codename) && source.Components.Contains("main"))
            .SelectMany(source => source.Uris)
            .SelectMany(FollowMirrorFile)
            .FirstOrDefault(uri => uri.StartsWith("http", StringComparison.Ordinal));
    }

    private static IEnumerable<Source> ReadLines(string file) =>
        from line in File.ReadLines(file)
        let words = Options().Replace(line, " ").Split(' ', '\t').Where(word => word.Length > 0).ToArray()
        where words.Length > 3 && words[0] == "deb"
        select new Source([words[1]], [words[2]], words[3..]);

    private static IEnumerable<Source> ReadParagraphs(string file)
    {
        foreach (var paragraph in File.ReadAllText(file).Split("\n\n"))
        {
            var fields = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
            foreach (var line in paragraph.Split('\n').Where(line => !line.StartsWith('#')))
            {
                var parts = line.Split(':', 2);
                if (parts.Length == 2 && !char.IsWhiteSpace(line[0]))
                {
                    fields[parts[0]] = parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                }
            }

            var isOff = fields.TryGetValue("Enabled", out var enabled) && enabled is ["no"];
            if (!isOff
                && fields.TryGetValue("Types", out var types) && types.Contains("deb")
                && fields.TryGetValue("URIs", out var uris)
                && fields.TryGetValue("Suites", out var suites)
                && fields.TryGetValue("Components", out var components))
            {
                yield return new Source(uris, suites, components);
            }
        }
    }

    // Cloud images keep the mirror in a file of its own, one URI a line.
    private static IEnumerable<string> FollowMirrorFile(string uri)
    {
        if (!uri.StartsWith(MirrorFilePrefix, StringComparison.Ordinal))
        {
            return [uri];
        }

        var path = uri[MirrorFilePrefix.Length..];
        path = "/" + path.TrimStart('/');
        return File.Exists(path) ? File.ReadLines(path).Select(line => line.Split('\t', ' ')[0]) : [];
    }

    [GeneratedRegex(@"\[[^\]]*\]|#.*")]
    private static partial Regex Options();

    private sealed record Source(string[] Uris, string[] Suites, string[] Components);
}
