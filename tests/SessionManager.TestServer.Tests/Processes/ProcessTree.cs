using System.Globalization;

namespace SessionManager.TestServer.Tests.Processes;

/// <summary>Reads from /proc which processes there are.</summary>
internal static class ProcessTree
{
    private const int ParentField = 1;
    private const int StateField = 0;
    private const int StartTimeField = 19;

    /// <summary>Finds the processes that a process has started, and those that they have started.</summary>
    public static IReadOnlyList<Entry> DescendantsOf(int id)
    {
        var all = All().ToLookup(entry => entry.Parent);
        var found = new List<Entry>();
        for (var level = all[id].ToList(); level.Count > 0; level = level.SelectMany(e => all[e.Id]).ToList())
        {
            found.AddRange(level);
        }

        return found;
    }

    /// <summary>Waits until a process that was seen before is gone.</summary>
    public static async Task WaitUntilGoneAsync(Entry entry, CancellationToken cancellationToken)
    {
        while (All().Any(other => other.Id == entry.Id && other.StartTime == entry.StartTime))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }

    private static IEnumerable<Entry> All()
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)
                && Read(id) is { } entry)
            {
                yield return entry;
            }
        }
    }

    // A zombie has ended; that nobody has asked for its exit code yet does not matter here.
    private static Entry? Read(int id)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{id}/stat");
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return fields[StateField] == "Z"
                ? null
                : new Entry(id, int.Parse(fields[ParentField], CultureInfo.InvariantCulture), fields[StartTimeField]);
        }
        catch (IOException)
        {
            return null;
        }
    }

    internal sealed record Entry(int Id, int Parent, string StartTime);
}
