using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Processes;

/// <summary>
/// A program that takes mongod's arguments and passes every connection on to a server that is already there, so that
/// starting and ending a mongod can be tested where none is installed.
/// </summary>
internal sealed class FakeMongod : IDisposable
{
    private const string Script =
        """
        #!/usr/bin/perl
        use strict;
        use IO::Socket::INET;
        use IO::Select;
        my %option = @ARGV;
        -d $option{'--dbpath'} or die "no folder";
        my $listener = IO::Socket::INET->new(
            LocalAddr => $option{'--bind_ip'}, LocalPort => $option{'--port'}, Listen => 16) or die "listen: $!";
        my $select = IO::Select->new($listener);
        my %peer;
        while (my @ready = $select->can_read) {
            for my $socket (@ready) {
                if ($socket == $listener) {
                    my $client = $listener->accept or next;
                    my $server = IO::Socket::INET->new(PeerAddr => 'TARGET') or die "connect: $!";
                    ($peer{$client}, $peer{$server}) = ($server, $client);
                    $select->add($client, $server);
                } elsif (my $other = $peer{$socket}) {
                    if (sysread($socket, my $bytes, 65536)) {
                        syswrite($other, $bytes);
                    } else {
                        $select->remove($socket, $other);
                        delete @peer{$socket, $other};
                        close $_ for $socket, $other;
                    }
                }
            }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("fake-mongod-").FullName;

    public FakeMongod(MongoServerAddress target)
    {
        Executable = Path.Combine(_folder, "mongod");
        File.WriteAllText(Executable, Script.Replace("TARGET", $"{target}", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                Executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Executable { get; }

    /// <summary>Gets the variables that make the console program use this and keep its temporary files here.</summary>
    public Dictionary<string, string?> Environment => new()
    {
        ["MONGODB_URI"] = null,
        ["MONGOD_PATH"] = Executable,
        ["TMPDIR"] = _folder,
    };

    /// <summary>Lists the data folders that have been made and not been removed.</summary>
    public string[] DataFolders() => Directory.GetDirectories(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
