using Spectre.Console;

namespace SessionManager.Tool.Output;

/// <summary>
/// Bars on the terminal for long work; nothing where nobody looks.
/// </summary>
internal sealed class ProgressView
{
    private readonly ProgressContext? _context;

    private ProgressView(ProgressContext? context) => _context = context;

    public static async Task RunAsync(Terminal terminal, Func<ProgressView, Task> workAsync)
    {
        if (!terminal.ShowsProgress)
        {
            await workAsync(new ProgressView(context: null));
            return;
        }

        await terminal.Notes.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
            .StartAsync(context => workAsync(new ProgressView(context)));
    }

    public Bar Begin(string name) => new(_context?.AddTask(Markup.Escape(name), autoStart: true), name);

    /// <summary>
    /// The bar of one piece of work.
    /// </summary>
    public sealed class Bar(ProgressTask? task, string name) : IDisposable
    {
        public void Report(long done, long? total, string detail)
        {
            if (task is null)
            {
                return;
            }

            task.Description = Markup.Escape($"{name}: {done:N0}, {detail}");
            task.IsIndeterminate = total is null;
            task.MaxValue = total ?? Math.Max(done, 1);
            task.Value = done;
        }

        public void Dispose()
        {
            if (task is not null)
            {
                task.IsIndeterminate = false;
                task.Value = task.MaxValue;
                task.StopTask();
            }
        }
    }
}
