using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// Writes down what was acknowledged, as it is. A line that was written survives the end of its process, however it ends.
/// </summary>
internal sealed partial class WorkerLog(string file) : IDisposable
{
    // No buffer: what is in a buffer goes with the process.
    private readonly FileStream _stream = new(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    private readonly Lock _lock = new();

    /// <summary>
    /// A message is stored: at this position, or at one that a pipeline does not tell.
    /// </summary>
    public void Appended(string session, string agent, string id, int? position, DateTimeOffset start) =>
        Write(LineKind.Append, session, agent, id, position is null ? "" : ToText(position.Value), ToText(start.UtcTicks));

    /// <summary>
    /// A session was written to, which extends its life.
    /// </summary>
    public void Written(string session, DateTimeOffset start, DateTimeOffset end) =>
        Write(LineKind.Write, session, ToText(start.UtcTicks), ToText(end.UtcTicks));

    /// <summary>
    /// An agent was loaded, which is new or has a number of messages.
    /// </summary>
    public void Loaded(string session, string agent, bool isNew, int count) => Write(LineKind.Load, session, agent, ToText(isNew ? 1 : 0), ToText(count));

    /// <summary>
    /// The first message of a new session got another position than the first.
    /// </summary>
    public void NotFirst(string session, int position) => Write(LineKind.NotFirst, session, ToText(position));

    /// <summary>
    /// An operation was cancelled and has not ended since.
    /// </summary>
    public void Hung(string operation) => Write(LineKind.Hang, operation);

    /// <summary>
    /// An exception came that no outage explains.
    /// </summary>
    public void Unexpected(string operation, Exception exception) => Write(LineKind.Unexpected, operation, ToText(exception));

    /// <summary>
    /// A task failed and nobody looked.
    /// </summary>
    public void Unobserved(Exception exception) => Write(LineKind.Unobserved, ToText(exception));

    /// <summary>
    /// The process has ended in order.
    /// </summary>
    public void Ended(long heapBytes, int failures) => Write(LineKind.End, ToText(heapBytes), ToText(failures));

    public void Dispose() => _stream.Dispose();

    private static string ToText(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string ToText(Exception exception) => LineBreaks().Replace(exception.ToString(), " ¶ ");

    private void Write(LineKind kind, params string[] fields)
    {
        var line = Encoding.UTF8.GetBytes($"{kind}\t{string.Join('\t', fields)}\n");
        lock (_lock)
        {
            _stream.Write(line);
        }
    }

    [GeneratedRegex(@"[\r\n\t]+")]
    private static partial Regex LineBreaks();
}
