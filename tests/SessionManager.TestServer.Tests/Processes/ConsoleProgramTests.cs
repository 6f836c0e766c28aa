using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestServer.Tests.Processes;

public sealed class ConsoleProgramTests(ServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exec_GivesTheCommandTheServer()
    {
        using var console = ConsoleServer.Start(
            new() { ["MONGODB_URI"] = server.ConnectionString }, "exec", "/bin/sh", "-c", "echo \"$MONGODB_URI\"");

        var output = await console.Output.ReadToEndAsync(Cancellation);

        Assert.Equal(server.ConnectionString, output.Trim());
        Assert.Equal(0, await console.WaitForExitAsync(Cancellation));
    }

    [Fact]
    public async Task Exec_EndsWithTheCommandsExitCode()
    {
        using var console = ConsoleServer.Start(
            new() { ["MONGODB_URI"] = server.ConnectionString }, "exec", "/bin/sh", "-c", "exit 42");

        Assert.Equal(42, await console.WaitForExitAsync(Cancellation));
    }

    [Fact]
    public async Task Exec_OfWhatIsNotThere_SaysSo()
    {
        using var console = ConsoleServer.Start(
            new() { ["MONGODB_URI"] = server.ConnectionString }, "exec", "/nowhere/command");

        Assert.Contains("/nowhere/command", await console.Error.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(1, await console.WaitForExitAsync(Cancellation));
    }

    [Fact]
    public async Task Server_ThatDoesNotAnswer_IsAnError()
    {
        using var console = ConsoleServer.Start(
            new() { ["MONGODB_URI"] = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1" }, "exec", "/bin/true");

        var error = await console.Error.ReadToEndAsync(Cancellation);

        Assert.Contains("127.0.0.1:1", error, StringComparison.Ordinal);
        Assert.Equal(1, await console.WaitForExitAsync(Cancellation));
    }

    [Fact]
    public async Task Arguments_ThatAreUnknown_PrintTheUsage()
    {
        using var console = ConsoleServer.Start([], "--unknown");

        Assert.Contains("exec COMMAND", await console.Error.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(2, await console.WaitForExitAsync(Cancellation));
    }

    [Fact]
    [Trait("Server", "Gateway")]
    public async Task Exec_OnTheGateway_SaysThatItIsThat()
    {
        using var console = ConsoleServer.Start(
            new() { ["MONGODB_URI"] = server.ConnectionString }, "exec", "/bin/sh", "-c", "echo \"$SESSION_TEST_SERVER\"");

        Assert.Equal("gateway", (await console.Output.ReadToEndAsync(Cancellation)).Trim());
    }

    [Fact]
    public async Task Options_OfAServerThatIsThere_AreSaidToChangeNothing()
    {
        using var console = ConsoleServer.Start(
            new() { ["MONGODB_URI"] = server.ConnectionString }, "--replica-set", "--durable", "exec", "/bin/true");

        Assert.Contains("It is as it is", await console.Error.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(0, await console.WaitForExitAsync(Cancellation));
    }

    [Theory]
    [Trait("Server", "Gateway")]
    [InlineData("--replica-set", "--durable")]
    [InlineData()]
    public async Task Topology_IsChosenByOptionOrVariable(params string[] options)
    {
        var environment = new Dictionary<string, string?>
        {
            ["MONGODB_URI"] = null,
            ["SESSION_TEST_TOPOLOGY"] = options.Length > 0 ? null : "replicaset",
            ["SESSION_TEST_DURABILITY"] = options.Length > 0 ? null : "durable",
        };
        using var console = ConsoleServer.Start(environment, [.. options, "exec", "/bin/sh", "-c", "echo \"$MONGODB_URI\""]);

        var output = await console.Output.ReadToEndAsync(Cancellation);
        var error = await console.Error.ReadToEndAsync(Cancellation);

        Assert.Contains("/?replicaSet=gateway", output, StringComparison.Ordinal);
        Assert.DoesNotContain("directConnection", output, StringComparison.Ordinal);
        Assert.Contains("replica set, durable", error, StringComparison.Ordinal);
        Assert.Equal(0, await console.WaitForExitAsync(Cancellation));
    }

    [Fact]
    public async Task UntilStdinCloses_ServesAndThenRemovesWhatItStarted()
    {
        using var mongod = new FakeMongod(server.Address);
        using var console = ConsoleServer.Start(mongod.Environment, "--until-stdin-closes");
        var connectionString = await console.Output.ReadLineAsync(Cancellation);

        using var client = new MongoClient(connectionString);
        var hello = await client.GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), cancellationToken: Cancellation);
        Assert.Single(mongod.DataFolders());
        console.Input.Close();

        Assert.Equal(1, hello["ok"].ToInt32());
        Assert.Equal(0, await console.WaitForExitAsync(Cancellation));
        Assert.Empty(mongod.DataFolders());
    }

    [Fact]
    public async Task Mongod_ThatEndsAtOnce_IsReportedWithItsLog()
    {
        using var mongod = new FakeMongod(server.Address);
        await File.WriteAllTextAsync(mongod.Executable, "#!/bin/sh\necho 'no such luck' >&2\nexit 3\n", Cancellation);
        using var console = ConsoleServer.Start(mongod.Environment, "--until-stdin-closes");

        var error = await console.Error.ReadToEndAsync(Cancellation);

        Assert.Contains("no such luck", error, StringComparison.Ordinal);
        Assert.Contains("exit code 3", error, StringComparison.Ordinal);
        Assert.Equal(1, await console.WaitForExitAsync(Cancellation));
        Assert.Empty(mongod.DataFolders());
    }
}
