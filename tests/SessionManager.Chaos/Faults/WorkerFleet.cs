using System.Globalization;
using SessionManager.Chaos.Workers;

namespace SessionManager.Chaos.Faults;

/// <summary>
/// The worker processes. One that is killed is replaced by another.
/// </summary>
internal sealed class WorkerFleet(WorkerSettings settings, string logFolder) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly WorkerProcess[] _current = new WorkerProcess[4];
    private readonly List<string> _died = [];
    private int _started;

    public int Count => _current.Length;

    /// <summary>
    /// Gets the workers that ended by themselves, by name.
    /// </summary>
    public IReadOnlyList<string> Died => _died;

    public void Start()
    {
        for (var i = 0; i < _current.Length; i++)
        {
            _current[i] = Start(i);
        }
    }

    public Task ReplaceAsync(int index)
    {
        // Not while it is stopped and continued.
        lock (_lock)
        {
            NoteDeath(_current[index]);
            _current[index].Kill();
            _current[index].Dispose();
            _current[index] = Start(index);
        }

        return Task.CompletedTask;
    }

    public Task StopForAsync(int index, TimeSpan time)
    {
        lock (_lock)
        {
            return _current[index].StopForAsync(time);
        }
    }

    /// <summary>
    /// Lets all end in order, and returns the names of those that did not.
    /// </summary>
    public async Task<string[]> EndAsync()
    {
        Array.ForEach(_current, NoteDeath);
        var ended = await Task.WhenAll(_current.Select(worker => worker.EndAsync()));
        return [.. _current.Where((_, i) => !ended[i]).Select(worker => worker.Settings.Name)];
    }

    public void Dispose()
    {
        foreach (var worker in _current)
        {
            worker.Dispose();
        }
    }

    private void NoteDeath(WorkerProcess worker)
    {
        if (worker.HasExited)
        {
            _died.Add(worker.Settings.Name);
        }
    }

    private WorkerProcess Start(int index)
    {
        var number = _started++;
        var name = string.Create(CultureInfo.InvariantCulture, $"p{number}");
        return WorkerProcess.Start(settings with
        {
            Name = name,
            Index = index,
            Seed = settings.Seed + number,
            LogFile = Path.Combine(logFolder, $"{name}.log"),
        });
    }
}
