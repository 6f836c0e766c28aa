using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>A root file system with PostgreSQL and DocumentDB in it. Paths named "inside" start at that root.</summary>
internal sealed class DocumentDbRoot(string path)
{
    public const string HomeInside = "/var/lib/pg";
    public const string TemplateInside = HomeInside + "/template";
    public const string UserName = "pg";

    private const string RunPrefix = "run-";
    private const string OwnerSuffix = ".owner";

    public string Path => path;

    public string Outside(string inside) => path + inside;

    public string FindPostgresProgram(string name) => Directory
        .GetFiles(Outside("/usr/lib/postgresql"), name, SearchOption.AllDirectories)
        .Single()[path.Length..];

    /// <summary>Builds the command line that runs a program inside, as the user that owns the data.</summary>
    public string[] AsUser(string program, params string[] arguments)
    {
        var fields = File.ReadLines(Outside("/etc/passwd"))
            .Select(line => line.Split(':'))
            .Single(fields => fields[0] == UserName);
        return ["chroot", $"--userspec={fields[2]}:{fields[3]}", path, program, .. arguments];
    }

    /// <summary>Makes a data folder for one server. The caller holds the lock of the cache.</summary>
    public async Task<DataFolder> CreateDataFolderAsync(CancellationToken cancellationToken)
    {
        await RemoveAbandonedAsync(cancellationToken);
        var inside = $"{HomeInside}/{RunPrefix}{Guid.NewGuid():N}";
        var owner = FileLock.TryTake(Outside(inside) + OwnerSuffix, FileMode.CreateNew)!;
        await new CommandLine("cp", "-a", "--reflink=auto", Outside(TemplateInside), Outside(inside))
            .RunAsync(cancellationToken);
        return new DataFolder(inside, Outside(inside), owner);
    }

    // A server of a killed process removes its folder itself. This is for those that were killed as well; a
    // PostgreSQL that should still run ends by itself once its folder is gone.
    private async Task RemoveAbandonedAsync(CancellationToken cancellationToken)
    {
        foreach (var ownerFile in Directory.GetFiles(Outside(HomeInside), $"{RunPrefix}*{OwnerSuffix}"))
        {
            if (FileLock.TryTake(ownerFile, FileMode.Open) is not { } abandoned)
            {
                continue;
            }

            await using (abandoned)
            {
                var folder = ownerFile[..^OwnerSuffix.Length];
                await new CommandLine("rm", "-rf", folder).TryRunAsync(cancellationToken);
                if (!Directory.Exists(folder))
                {
                    File.Delete(ownerFile);
                }
            }
        }
    }
}
