namespace SessionManager.TestServer.Processes;

/// <summary>Locks between processes. The system drops a lock when its holder ends, however it ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    public static async Task<FileStream> WaitAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryTake(path, FileMode.OpenOrCreate) is { } taken)
            {
                return taken;
            }

            await Task.Delay(RetryDelay, cancellationToken);
        }
    }

    /// <summary>Takes the lock, or returns <see langword="null"/> if another holds it or the file cannot be opened.</summary>
    public static FileStream? TryTake(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (mode == FileMode.Open || File.Exists(path))
        {
            return null;
        }
    }
}
