using System.Globalization;
using SessionManager.Testing.Providers;

namespace SessionManager.Behavior.Model;

/// <summary>
/// Whatever clients do, nothing that was said is lost or stored twice, and models are sent the conversation as a person would
/// tell it. Each script that fails is shrunk. <c>SESSION_SCRIPT_SEED</c> is the seed to run again, alone or with the number of a
/// run, as in <c>17:4</c>.
/// </summary>
public sealed class ClientScriptTests(Stores stores, ITestOutputHelper output) : IClassFixture<Stores>
{
    private const string SeedName = "SESSION_SCRIPT_SEED";

    public static TheoryData<Wiring> Wirings { get; } = new(Enum.GetValues<Wiring>());

    [Theory]
    [MemberData(nameof(Wirings))]
    public Task InMemory_AnyScript_IsStoredAndSentAsTold(Wiring wiring)
    {
        var services = stores.StartProcess(isInMemory: true);
        return RunAsync(wiring, 1000, () => services);
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public Task OnServer_AnyScript_IsStoredAndSentAsTold(Wiring wiring)
    {
        // Two processes that take turns: what one knows, the other must not need.
        IServiceProvider[] processes = [stores.StartProcess(isInMemory: false), stores.StartProcess(isInMemory: false)];
        var count = 0;
        return RunAsync(wiring, 200, () => processes[Interlocked.Increment(ref count) % 2]);
    }

    private async Task RunAsync(Wiring wiring, int runCount, Func<IServiceProvider> startProcess)
    {
        var given = Environment.GetEnvironmentVariable(SeedName)?.Split(':');
        var seed = given is null ? Random.Shared.Next() : int.Parse(given[0], CultureInfo.InvariantCulture);
        var runs = given is [_, var only] ? [int.Parse(only, CultureInfo.InvariantCulture)] : Enumerable.Range(0, runCount);
        output.WriteLine($"{SeedName}={seed}");
        var options = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(runs, options, async (run, _) =>
        {
            var script = Scripts.Generate(new Random(unchecked((seed * 7919) + run)), canApprove: wiring is not Wiring.Inside);
            if (await ScriptRun.RunAsync(wiring, startProcess, script) is { } error)
            {
                var (shrunk, failure) = await Scripts.ShrinkAsync(script, error, candidate => ScriptRun.RunAsync(wiring, startProcess, candidate));

                // They are told below.
                ProviderRefusals.Take();
                Assert.Fail($"{SeedName}={seed}:{run}, {wiring}, {shrunk}\n{failure.Message}");
            }
        });
    }
}
