using SessionManager.Internal;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// One pass of a migration with its bar, or passes until somebody asks for the last one.
/// </summary>
internal sealed class MigrateRun(PythonSessionMigration migration, PythonMigrationOptions options, Terminal terminal)
{
    public static string Summarize(PythonMigrationReport report) =>
        $"{Format.Count(report.SessionCount, "session")}, {report.MigratedCount:N0} migrated, {report.UpdatedCount:N0} updated, {report.UnchangedCount:N0} unchanged, "
        + $"{report.ConflictCount:N0} in conflict, {report.FailedCount:N0} failed, {report.NotPythonCount:N0} not of Python; "
        + $"{Format.Count(report.WrittenMessageCount, "message")} written in {report.Duration.TotalSeconds:N1} s.";

    public async Task<PythonMigrationReport> OnceAsync(CancellationToken cancellationToken)
    {
        PythonMigrationReport? report = null;
        await ProgressView.RunAsync(terminal, async view =>
        {
            using var bar = view.Begin("sessions");
            var progress = new BarProgress(bar);
            report = await MigrateAsync(progress, cancellationToken);
        });
        return report!;
    }

    /// <summary>
    /// Makes passes until it is asked for an end, and then the last one.
    /// </summary>
    public async Task<PythonMigrationReport> WatchAsync(TimeSpan interval, CancellationToken asked, CancellationToken cancellationToken)
    {
        terminal.WriteNote("Watching. When Python has ended, Ctrl+C makes the last pass; once more ends at once.");
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(asked, cancellationToken);
        while (!asked.IsCancellationRequested)
        {
            try
            {
                terminal.WriteNote(Summarize(await MigrateAsync(progress: null, cancellationToken)));
            }
            catch (Exception exception) when (ServerFault.IsTransient(exception))
            {
                // A server that steps down is there again, and a pass begins where the one before has ended.
                terminal.WriteError($"{ServerFault.Describe(exception)} The next pass tries again.");
            }

            await Task.Delay(interval, pause.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        terminal.WriteNote("The last pass.");
        return await OnceAsync(cancellationToken);
    }

    private async Task<PythonMigrationReport> MigrateAsync(IProgress<PythonMigrationProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await migration.MigrateAsync(options, progress, cancellationToken);
        }
        catch (SameCollectionException exception)
        {
            throw new ToolException(exception.Message, ExitCode.Usage);
        }
    }

    private sealed class BarProgress(ProgressView.Bar bar) : IProgress<PythonMigrationProgress>
    {
        public void Report(PythonMigrationProgress value) =>
            bar.Report(value.SessionCount, value.TotalSessionCount, Format.Count(value.WrittenMessageCount, "message"));
    }
}
