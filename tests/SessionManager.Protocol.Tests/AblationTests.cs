using SessionManager.Protocol.Ablations;
using SessionManager.Protocol.Checking;
using SessionManager.Protocol.Writers;

namespace SessionManager.Protocol;

/// <summary>
/// The checker finds what is wrong when a repair is taken out.
/// </summary>
public sealed class AblationTests(ITestOutputHelper output)
{
    // Each is found among far fewer.
    private const int MaxStates = 100_000;

    [Fact]
    public void LoadWithoutTheEnd_IsCaught() => AssertCaught("1", "turns", static (world, writer) => new LoadWithoutEnd(world, writer), static scenario => scenario with { Faults = 0, Kills = 0, Ticks = 0 });

    [Fact]
    public void TakeoverInTwoUpdates_IsCaught() => AssertCaught("6", "a turn takes over", static (world, writer) => new TakeoverInTwoUpdates(world, writer));

    [Fact]
    public void TakeoverOfWhatHasEnded_IsCaught() => AssertCaught("6", "a turn takes over", static (world, writer) => new TakeoverOfWhatHasEnded(world, writer));

    [Fact]
    public void ReleaseWithAnInsertOnItsWay_IsCaught() => AssertCaught("5", "turns", static (world, writer) => new ReleaseWithUnknownInsert(world, writer));

    [Fact]
    public void UndoWithoutReplacingTheRun_IsCaught() => AssertCaught("6", "undo takes over", static (world, writer) => new UndoWithoutReplacingTheRun(world, writer));

    [Fact]
    public void EndOnAnyBranch_IsCaught() => AssertCaught("6", "undo beside two turns", static (world, writer) => new EndOnAnyBranch(world, writer));

    [Fact]
    public void SwitchThatReopensANumber_IsCaught() => AssertCaught("4", "switch", static (world, writer) => new SwitchThatReopens(world, writer));

    [Fact]
    public void DeletionOfTheWholeRange_IsCaught() => AssertCaught("2", "delete and create anew", static (world, writer) => new DeletionOfTheWholeRange(world, writer));

    [Fact]
    public void TombstoneRemovedByIdAlone_IsCaught() => AssertCaught("8", "sweep", static (world, writer) => new TombstoneRemovedById(world, writer));

    [Fact]
    public void FirstBranchAgainAfterADeletion_IsCaught() => AssertCaught("4", "delete and create anew", static (world, writer) => new FirstBranchAgain(world, writer), static scenario => scenario with { Start = new(2019, 1, 1, 0, 0, 0, TimeSpan.Zero) });

    [Fact]
    public void RunOfTheWholeSession_IsCaught() => AssertCaught("5", "agents of a session", static (world, writer) => new RunOfTheSession(world, writer), static scenario => scenario with { Before = Turns.With(WhenBusy.Fail).Then(Turns.With(WhenBusy.Fail, agentId: "b")) });

    private void AssertCaught(string invariant, string scenario, Func<World, Writer, StepStorage> createStorage, Func<Scenario, Scenario>? change = null)
    {
        var ablated = Scenarios.All[scenario] with { CreateStorage = createStorage };
        var explorer = new Explorer(change?.Invoke(ablated) ?? ablated, MaxStates);

        var violation = Assert.Throws<ProtocolException>(explorer.Explore);

        output.WriteLine($"{explorer.States} states: {violation.Message}");
        Assert.StartsWith($"{invariant}:", violation.Violation, StringComparison.Ordinal);
    }
}
