using SessionManager.TestServer.DocumentDb;

namespace SessionManager.TestServer.Tests.DocumentDb;

public sealed class AptSourcesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("apt-sources-").FullName;

    [Fact]
    public void FindMirror_InSourcesList_TakesTheReleaseItself()
    {
        Write(
            "sources.list",
            """
            # deb http://commented.example/debian bookworm main
            deb-src http://source.example/debian bookworm main
            deb http://security.example/debian-security bookworm-security main
            deb [arch=amd64 signed-by=/usr/share/keyrings/some key.gpg] http://mirror.example/debian bookworm main contrib
            """);

        Assert.Equal("http://mirror.example/debian", Find());
    }

    [Fact]
    public void FindMirror_InDeb822_TakesTheReleaseItself()
    {
        Write(
            "sources.list.d/debian.sources",
            """
            Types: deb
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main
            Enabled: no

            Types: deb
            # a comment
            URIs: https://mirror.example/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

            Types: deb
            URIs: http://security.example/debian-security
            Suites: bookworm-security
            Components: main
            """);

        Assert.Equal("https://mirror.example/debian", Find());
    }

    [Fact]
    public void FindMirror_ThroughMirrorFile_FollowsIt()
    {
        Write("mirrors.list", "http://mirror.example/debian\tpriority:1\nhttp://second.example/debian\n");
        Write("sources.list", $"deb mirror+file://{_folder}/mirrors.list bookworm main\n");

        Assert.Equal("http://mirror.example/debian", Find());
    }

    [Theory]
    [InlineData("deb cdrom:[Debian]/ bookworm main")]
    [InlineData("deb http://other.example/repository stable main")]
    [InlineData("deb http://mirror.example/debian bookworm contrib")]
    [InlineData("deb ftp://mirror.example/debian bookworm main")]
    [InlineData("")]
    public void FindMirror_WithoutAUsableOne_FindsNone(string line)
    {
        Write("sources.list", line);

        Assert.Null(Find());
    }

    [Fact]
    public void FindMirror_WithoutConfiguration_FindsNone() => Assert.Null(Find());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string? Find() => AptSources.FindMirror(_folder, "bookworm");

    private void Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
