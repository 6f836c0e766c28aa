using System.Globalization;
using SessionManager.Chaos.Workers;

namespace SessionManager.Chaos.Judging;

/// <summary>
/// What the workers have written down.
/// </summary>
internal sealed class WorkerReports
{
    public List<AcknowledgedMessage> Messages { get; } = [];

    public List<AcknowledgedWrite> Writes { get; } = [];

    /// <summary>
    /// Gets the loads that found nothing and yet returned messages, the hangs, and the exceptions.
    /// </summary>
    public List<string> Violations { get; } = [];

    public int Loads { get; private set; }

    public int NewAgents { get; private set; }

    public int Failures { get; private set; }

    /// <summary>
    /// Gets the last heap of each worker that ended in order, by its name.
    /// </summary>
    public Dictionary<string, long> Heaps { get; } = [];

    public static WorkerReports Read(string folder)
    {
        var reports = new WorkerReports();
        foreach (var file in Directory.GetFiles(folder, "*.log"))
        {
            var text = File.ReadAllText(file);

            // A process that was killed may have left a part of a line.
            foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                reports.Add(Path.GetFileNameWithoutExtension(file), line.Split('\t'));
            }
        }

        return reports;
    }

    private static long ToNumber(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private void Add(string worker, string[] fields)
    {
        switch (Enum.Parse<LineKind>(fields[0]))
        {
            case LineKind.Append:
                Messages.Add(new(fields[1], fields[2], fields[3], fields[4].Length == 0 ? null : (int)ToNumber(fields[4]), ToNumber(fields[5])));
                break;
            case LineKind.Write:
                Writes.Add(new(fields[1], ToNumber(fields[2]), ToNumber(fields[3])));
                break;
            case LineKind.Load:
                AddLoad(worker, fields);
                break;
            case LineKind.End:
                Heaps[worker] = ToNumber(fields[1]);
                Failures += (int)ToNumber(fields[2]);
                break;
            default:
                Violations.Add($"{worker}: {string.Join(": ", fields)}");
                break;
        }
    }

    private void AddLoad(string worker, string[] fields)
    {
        Loads++;
        if (fields[3] == "1")
        {
            NewAgents++;
            if (fields[4] != "0")
            {
                Violations.Add($"{worker}: agent {fields[2]} of session {fields[1]} was new and had {fields[4]} messages.");
            }
        }
    }
}
