using SessionManager.TestServer.DocumentDb;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer.Tests.Servers;

public sealed class ServerResolverTests
{
    private static readonly ServerEnvironment Nothing = new()
    {
        GetVariable = _ => null,
        FindOnPath = _ => null,
        DockerAnswersAsync = _ => Task.FromResult(false),
        IsDebianWithRoot = false,
    };

    private static readonly ServerEnvironment Everything = new()
    {
        GetVariable = name => name switch
        {
            "MONGODB_URI" => "mongodb://user:secret@somewhere:27017/",
            "MONGOD_PATH" => "/opt/mongod",
            _ => null,
        },
        FindOnPath = name => "/usr/bin/" + name,
        DockerAnswersAsync = _ => Task.FromResult(true),
        IsDebianWithRoot = true,
    };

    [Fact]
    public async Task Resolve_WithEverything_TakesTheConfiguredServer() =>
        Assert.IsType<ConfiguredServerSource>(await ResolveAsync(Everything));

    [Fact]
    public async Task Resolve_WithoutUri_TakesMongod() =>
        Assert.IsType<MongodSource>(await ResolveAsync(Everything with
        {
            GetVariable = name => name == "MONGODB_URI" ? " " : null,
        }));

    [Fact]
    public async Task Resolve_WithoutMongod_TakesDocker() =>
        Assert.IsType<DockerSource>(await ResolveAsync(Everything with
        {
            GetVariable = _ => null,
            FindOnPath = _ => null,
        }));

    [Fact]
    public async Task Resolve_WithDebianOnly_TakesDocumentDb() =>
        Assert.IsType<DocumentDbSource>(await ResolveAsync(Nothing with { IsDebianWithRoot = true }));

    [Fact]
    public async Task Resolve_WithNothing_NamesEveryWay()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => ResolveAsync(Nothing));

        Assert.All(
            ["MONGODB_URI", "mongod", "MONGOD_PATH", "UseMongo2Go", "Docker", "Debian"],
            way => Assert.Contains(way, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Resolve_WithUri_DoesNotAskDocker()
    {
        var asked = false;

        await ResolveAsync(Everything with
        {
            DockerAnswersAsync = _ =>
            {
                asked = true;
                return Task.FromResult(true);
            },
        });

        Assert.False(asked);
    }

    [Fact]
    public async Task Mongod_PrefersThePathThatIsSet()
    {
        var source = await ResolveAsync(Everything with
        {
            GetVariable = name => name == "MONGOD_PATH" ? "/opt/mongod" : null,
        });

        Assert.Contains("/opt/mongod", source.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mongod_ThatIsNotThere_FailsNamingTheVariable()
    {
        var source = new MongodSource(Nothing with { GetVariable = _ => "/nowhere/mongod" });

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => source.StartAsync(_ => { }, TestContext.Current.CancellationToken));

        Assert.Contains("MONGOD_PATH", failure.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/mongod", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfiguredServer_IsDescribedWithoutItsPassword()
    {
        var source = new ConfiguredServerSource(Everything);

        await using var server = await source.StartAsync(_ => { }, TestContext.Current.CancellationToken);

        Assert.Equal("mongodb://user:secret@somewhere:27017/", server.ConnectionString);
        Assert.Contains("somewhere:27017", server.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", server.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfiguredServer_WithNonsense_FailsNamingTheVariable()
    {
        var source = new ConfiguredServerSource(Nothing with { GetVariable = _ => "somewhere:27017" });

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => source.StartAsync(_ => { }, TestContext.Current.CancellationToken));

        Assert.Contains("MONGODB_URI", failure.Message, StringComparison.Ordinal);
    }

    private static Task<IServerSource> ResolveAsync(ServerEnvironment environment) =>
        ServerResolver.ResolveAsync(
            ServerResolver.AllSources(environment, new()), TestContext.Current.CancellationToken);
}
