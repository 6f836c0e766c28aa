using SessionManager.TestServer.Processes;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>The folder outside the checkout that keeps the root file system between runs.</summary>
internal sealed class DocumentDbCache
{
    // Raised whenever the set-up changes what it leaves behind, so that an older result is not used.
    private const string RootName = "root-2";
    private const string UnfinishedPrefix = "unfinished-";

    private readonly string _folder;

    public DocumentDbCache(ServerEnvironment environment)
    {
        var home = environment.GetVariable("HOME") is { Length: > 0 } value ? value : "/root";
        var cacheHome = environment.GetVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(home, ".cache");
        _folder = Path.Combine(cacheHome, "session-manager", "documentdb");
    }

    private string RootPath => Path.Combine(_folder, RootName);

    /// <summary>Waits for every other process that is setting up or cleaning up, and keeps them out until disposed.</summary>
    public async Task<FileStream> LockAsync(Action<string> log, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder);
        var path = Path.Combine(_folder, "lock");
        if (FileLock.TryTake(path, FileMode.OpenOrCreate) is { } taken)
        {
            return taken;
        }

        if (!Directory.Exists(RootPath))
        {
            log("Waiting for another process that is setting up DocumentDB.");
        }

        return await FileLock.WaitAsync(path, cancellationToken);
    }

    /// <summary>Returns the root file system, made now if there is none. The caller holds the lock.</summary>
    public async Task<DocumentDbRoot> GetRootAsync(Action<string> log, CancellationToken cancellationToken)
    {
        await RemoveUnfinishedAsync(cancellationToken);
        if (!Directory.Exists(RootPath))
        {
            var unfinished = Path.Combine(_folder, UnfinishedPrefix + Guid.NewGuid().ToString("N"));
            await new DocumentDbInstaller(unfinished, log).InstallAsync(cancellationToken);
            Directory.Move(unfinished, RootPath);
        }

        return new DocumentDbRoot(RootPath);
    }

    // An interrupted debootstrap may have left /proc mounted inside, and that must not be walked into. It may even be
    // running still; what it writes after this is removed the next time.
    private async Task RemoveUnfinishedAsync(CancellationToken cancellationToken)
    {
        foreach (var folder in Directory.GetDirectories(_folder, UnfinishedPrefix + "*"))
        {
            var mountPoints = File.ReadLines("/proc/self/mounts")
                .Select(line => line.Split(' ')[1])
                .Where(point => point.StartsWith(folder + "/", StringComparison.Ordinal))
                .OrderDescending(StringComparer.Ordinal)
                .ToList();
            foreach (var point in mountPoints)
            {
                await new CommandLine("umount", "--lazy", point).TryRunAsync(cancellationToken);
            }

            await new CommandLine("rm", "-rf", "--one-file-system", folder).TryRunAsync(cancellationToken);
        }
    }
}
