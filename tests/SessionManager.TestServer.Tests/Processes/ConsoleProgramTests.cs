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
