using System.Diagnostics;
using System.Globalization;
using MongoDB.Driver;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// The process with the delaying proxy; it ends with this one.
/// </summary>
internal sealed class DelayProxyProcess : IDisposable
{
    public const string Argument = "--delay-proxy";

    // Calls that come at random may all have to wait while the machine is busy: that belongs in their times, and is no error.
    private const string NoLimit = "&waitQueueSize=1000000";

    private readonly Process _process;
    private readonly string[] _connectionStrings;

    private DelayProxyProcess(Process process, string[] connectionStrings)
    {
        _process = process;
        _connectionStrings = connectionStrings;
    }

    /// <summary>
    /// Gets the connection strings of the server, one for each round trip.
    /// </summary>
    public IReadOnlyList<string> ConnectionStrings => _connectionStrings;

    public static DelayProxyProcess Start(string connectionString, IEnumerable<int> roundTripMicroseconds)
    {
        var target = new MongoUrl(connectionString);
        var delays = roundTripMicroseconds.Select(delay => delay.ToString(CultureInfo.InvariantCulture)).ToArray();
        string[] arguments = ["exec", typeof(DelayProxyProcess).Assembly.Location, Argument, target.Server.Host, $"{target.Server.Port}", .. delays];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return new DelayProxyProcess(process, [.. delays.Select(_ => ToConnectionString(target, ReadPort(process)))]);
    }

    /// <summary>
    /// Stops it: every line stays open, and nothing goes through.
    /// </summary>
    public void Stop() => Signal("-STOP");

    /// <summary>
    /// Lets it go on, with what has come in the meantime.
    /// </summary>
    public void Continue() => Signal("-CONT");

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static int ReadPort(Process process) => int.Parse(
        process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The delaying proxy has ended."), CultureInfo.InvariantCulture);

    private static string ToConnectionString(MongoUrl target, int port) =>
        new MongoUrlBuilder(target.ToString()) { Server = new MongoServerAddress("127.0.0.1", port), DirectConnection = true } + NoLimit;
}
