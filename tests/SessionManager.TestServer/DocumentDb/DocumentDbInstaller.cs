using SessionManager.TestServer.Processes;

namespace SessionManager.TestServer.DocumentDb;

/// <summary>Makes a root file system with DocumentDB out of Debian's packages.</summary>
/// <remarks>
/// The packages are in Debian's testing release only, so they get a root of their own instead of being installed into
/// the machine. They are unpacked but not configured: their maintainer scripts want a mounted /proc, and the server
/// needs nothing that they would have done except what is done here.
/// </remarks>
internal sealed class DocumentDbInstaller(string path, Action<string> log)
{
    private const string Suite = "testing";
    private const string PackagePattern = "^postgresql-[0-9]+-documentdb$";
    private const string CertificatesFile = "/etc/ssl/certs/ca-certificates.crt";

    private readonly DocumentDbRoot _root = new(path);

    public async Task InstallAsync(CancellationToken cancellationToken)
    {
        log("Setting up DocumentDB, once. This takes about a minute and a gigabyte of disk.");
        var mirror = FindMirror();
        await InstallDebootstrapAsync(cancellationToken);

        log("  1/4 Base system (debootstrap)");
        await DebootstrapAsync(mirror, cancellationToken);

        log("  2/4 Packages (apt-get)");
        await DownloadPackagesAsync(mirror, cancellationToken);

        log("  3/4 Unpacking");
        await UnpackAsync(cancellationToken);

        log("  4/4 Data folder (initdb)");
        await InChroot("useradd", "-r", "-m", "-d", DocumentDbRoot.HomeInside, DocumentDbRoot.UserName)
            .RunAsync(cancellationToken);
        await PostgresTemplate.CreateAsync(_root, cancellationToken);
    }

    // Only Debian's own configuration names a Debian mirror; on Ubuntu debootstrap's default serves.
    private static string? FindMirror()
    {
        var release = File.ReadLines("/etc/os-release")
            .Select(line => line.Split('=', 2))
            .Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1].Trim('"'));
        return release.GetValueOrDefault("ID") == "debian"
            ? AptSources.FindMirror("/etc/apt", release.GetValueOrDefault("VERSION_CODENAME", Suite))
            : null;
    }

    private async Task InstallDebootstrapAsync(CancellationToken cancellationToken)
    {
        if (File.Exists("/usr/sbin/debootstrap"))
        {
            return;
        }

        log("  Installing debootstrap");

        // One broken source among the machine's own is no reason to stop: the installation tells.
        await new CommandLine("apt-get", "update", "-qq").TryRunAsync(cancellationToken);
        var install = new CommandLine(
            "apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300",
            "debootstrap", "debian-archive-keyring")
        {
            Environment = { ["DEBIAN_FRONTEND"] = "noninteractive" },
        };
        await install.RunAsync(cancellationToken);
    }

    private async Task DebootstrapAsync(string? mirror, CancellationToken cancellationToken)
    {
        string[] mirrorArgument = mirror is null ? [] : [mirror];
        var debootstrap = new CommandLine(
            "/usr/sbin/debootstrap", ["--variant=minbase", Suite, path, .. mirrorArgument]);
        foreach (var protocol in new[] { "http", "https" })
        {
            if (await FindProxyAsync(protocol, cancellationToken) is { } proxy)
            {
                debootstrap.Environment[$"{protocol}_proxy"] = proxy;
            }
        }

        await debootstrap.RunAsync(cancellationToken);
    }

    private async Task DownloadPackagesAsync(string? mirror, CancellationToken cancellationToken)
    {
        // The machine may know its mirror or proxy from /etc/hosts, and trust it by a certificate of its own.
        File.Copy("/etc/hosts", _root.Outside("/etc/hosts"), overwrite: true);
        if (mirror?.StartsWith("https:", StringComparison.Ordinal) == true && File.Exists(CertificatesFile))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_root.Outside(CertificatesFile))!);
            File.Copy(CertificatesFile, _root.Outside(CertificatesFile), overwrite: true);
        }

        // A mirror that is a snapshot, or a clock that is ahead, is no danger to throw-away data.
        await (await AptGetAsync(["-o", "Acquire::Check-Valid-Until=false", "update", "-qq"], cancellationToken))
            .RunAsync(cancellationToken);
        var package = await FindPackageAsync(cancellationToken);
        await (await AptGetAsync(
            ["install", "-y", "-qq", "--no-install-recommends", "--download-only", package], cancellationToken))
            .RunAsync(cancellationToken);
    }

    private async Task<string> FindPackageAsync(CancellationToken cancellationToken)
    {
        var found = await InChroot("apt-cache", "search", "--names-only", PackagePattern).RunAsync(cancellationToken);
        return found
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')[0])
            .OrderByDescending(name => int.Parse(name.Split('-')[1], null))
            .FirstOrDefault()
            ?? throw new InvalidOperationException(
                $"Debian's {Suite} release at this mirror has no package like {PackagePattern}.");
    }

    private async Task UnpackAsync(CancellationToken cancellationToken)
    {
        foreach (var archive in Directory.GetFiles(_root.Outside("/var/cache/apt/archives"), "*.deb"))
        {
            await new CommandLine("dpkg", "-x", archive, path).RunAsync(cancellationToken);
            File.Delete(archive);
        }

        await InChroot("ldconfig").RunAsync(cancellationToken);
        LinkPostgis();

        // DocumentDB connects back to its own server by this name.
        await File.WriteAllTextAsync(_root.Outside("/etc/hosts"), "127.0.0.1 localhost\n", cancellationToken);
    }

    // The alternatives link that PostGIS's maintainer script would have made.
    private void LinkPostgis()
    {
        var control = Directory
            .GetFiles(_root.Outside("/usr/share/postgresql"), "postgis-*.control", SearchOption.AllDirectories)
            .Single();
        File.CreateSymbolicLink(
            Path.Combine(Path.GetDirectoryName(control)!, "postgis.control"), Path.GetFileName(control));
    }

    private async Task<CommandLine> AptGetAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var options = new List<string>();
        foreach (var protocol in new[] { "http", "https" })
        {
            if (await FindProxyAsync(protocol, cancellationToken) is { } proxy)
            {
                options.AddRange(["-o", $"Acquire::{protocol}::Proxy={proxy}"]);
            }
        }

        return InChroot("apt-get", [.. options, .. arguments]);
    }

    private static async Task<string?> FindProxyAsync(string protocol, CancellationToken cancellationToken)
    {
        var dump = await new CommandLine("apt-config", "dump", "--format", "%v%n", $"Acquire::{protocol}::Proxy")
            .TryRunAsync(cancellationToken);
        var proxy = dump.StandardOutput.Split('\n')[0].Trim();
        return proxy is "" or "DIRECT" ? null : proxy;
    }

    private CommandLine InChroot(string program, params string[] arguments) =>
        new("chroot", [path, program, .. arguments])
        {
            Environment =
            {
                ["DEBIAN_FRONTEND"] = "noninteractive",
                ["LC_ALL"] = "C",
                ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            },
        };
}
