using SessionManager.TestServer.DocumentDb;
using SessionManager.TestServer.Servers;

namespace SessionManager.TestServer.Tests.Processes;

public sealed class ParentDeathTests(ServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static bool IsLinux => OperatingSystem.IsLinux();

    /// <summary>
    /// Gets mongod, which can be imitated anywhere, and DocumentDB where this machine would choose it.
    /// </summary>
    public static async Task<TheoryData<string>> StartedServersAsync()
    {
        var machine = ServerEnvironment.OfThisMachine();
        var unconfigured = machine with
        {
            GetVariable = name => name == ConfiguredServerSource.Variable ? null : machine.GetVariable(name),
        };
        var data = new TheoryData<string> { "mongod" };
        foreach (var source in ServerResolver.AllSources(unconfigured, new()))
        {
            if (await source.IsAvailableAsync(CancellationToken.None))
            {
                if (source is DocumentDbSource)
                {
                    data.Add("DocumentDB");
                }

                break;
            }
        }

        return data;
    }

    [Theory(Skip = "Processes are looked up in /proc, which only Linux has.", SkipUnless = nameof(IsLinux))]
    [MemberData(nameof(StartedServersAsync))]
    public async Task Kill_OfTheParent_EndsTheServer(string kind)
    {
        using var mongod = new FakeMongod(server.Address);
        using var console = ConsoleServer.Start(
            kind == "mongod" ? mongod.Environment : new() { [ConfiguredServerSource.Variable] = null },
            "--until-stdin-closes");
        Assert.NotNull(await console.Output.ReadLineAsync(Cancellation));
        var started = ProcessTree.DescendantsOf(console.Id);
        Assert.NotEmpty(started);

        console.Kill();

        await console.WaitForExitAsync(Cancellation);
        foreach (var process in started)
        {
            await ProcessTree.WaitUntilGoneAsync(process, Cancellation);
        }

        Assert.Empty(mongod.DataFolders());
    }
}
