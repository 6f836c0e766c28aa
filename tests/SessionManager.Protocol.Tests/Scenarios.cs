using SessionManager.Protocol.Checking;
using SessionManager.Protocol.Writers;

namespace SessionManager.Protocol;

/// <summary>
/// What is explored.
/// </summary>
internal static class Scenarios
{
    private static readonly Func<Writer, Task> OneTurn = Turns.With(WhenBusy.Fail);

    public static IReadOnlyDictionary<string, Scenario> All { get; } = new Dictionary<string, Scenario>
    {
        ["turns of a new session"] = Of(Fails, Fails) with { KeepsAll = true, Faults = 1, Kills = 1, Ticks = 1 },
        ["turns"] = Of(Fails, Fails) with { Before = OneTurn, KeepsAll = true, Faults = 1, Kills = 1, Ticks = 1 },
        ["turns that are begun again"] = Of(FailsTwice, FailsTwice) with { Before = OneTurn, KeepsAll = true, Faults = 1, Ticks = 1 },
        ["three turns"] = Of(Fails, Fails, Fails) with { Before = OneTurn, KeepsAll = true, Faults = 1 },
        ["a turn takes over"] = Of(Fails, TakesOver) with { Before = OneTurn, KeepsAll = true, Faults = 2 },
        ["a turn takes over, and a process ends"] = Of(Fails, TakesOver) with { Before = OneTurn, KeepsAll = true, Faults = 1, Kills = 1 },
        ["two turns take over"] = Of(Fails, TakesOver, TakesOver) with { Before = OneTurn, KeepsAll = true, Faults = 1 },
        ["a turn waits"] = Of(Fails, Waits) with { Before = OneTurn, KeepsAll = true, Faults = 1, Kills = 1, Ticks = 1 },
        ["signs of life"] = Of(Fails, Fails) with { Before = OneTurn, KeepsAll = true, Renewals = 1, Ticks = 2 },
        ["a turn goes on after an append that failed"] = Of(Turns.GoesOn(), Fails) with { Before = OneTurn, Faults = 1, Kills = 1, Ticks = 1, FaultyWriters = "A" },
        ["reads fail"] = Of(Fails, TakesOver) with { Before = OneTurn, KeepsAll = true, Faults = 2, ReadsFail = true },
        ["agents of a session"] = Of(Fails, Turns.With(WhenBusy.TakeOver, agentId: "b"), TakesOver) with { KeepsAll = true, Faults = 1, FaultyWriters = "A" },
        ["undo"] = Of(Fails, Verbs.Undo(WhenBusy.Fail)) with { Before = OneTurn, Faults = 1, Kills = 1, Ticks = 1 },
        ["undo takes over"] = Of(Fails, Verbs.Undo(WhenBusy.TakeOver)) with { Before = OneTurn, Faults = 2, Kills = 1 },
        ["undo beside two turns"] = Of(Fails, Verbs.Undo(WhenBusy.TakeOver), Fails) with { Before = OneTurn, Faults = 1 },
        ["two rewinds"] = Of(Fails, Verbs.Rewind(1, WhenBusy.TakeOver), Verbs.Rewind(0, WhenBusy.TakeOver)) with { Before = OneTurn, Faults = 1 },
        ["clear"] = Of(TakesOver, Verbs.Clear(WhenBusy.TakeOver)) with { Before = OneTurn, Faults = 2, Kills = 1 },
        ["edit"] = Of(Fails, Turns.With(WhenBusy.TakeOver, rewindTo: 1)) with { Before = OneTurn, Faults = 1, Kills = 1 },
        ["switch"] = Of(Fails, Verbs.Switch(WhenBusy.TakeOver)) with { Before = OneTurn.Then(Verbs.Clear(WhenBusy.Fail)), Switches = true, Faults = 2, Kills = 1 },
        ["switch and undo"] = Of(Fails, Verbs.Switch(WhenBusy.TakeOver), Verbs.Undo(WhenBusy.TakeOver)) with { Before = OneTurn.Then(Verbs.Rewind(1, WhenBusy.Fail)), Switches = true, Faults = 1 },
        ["delete"] = Of(Fails, Verbs.Delete()) with { Before = OneTurn, Faults = 2, Kills = 1 },
        ["delete and create anew"] = Of(Fails, Verbs.Delete(), TakesOver) with { Before = OneTurn, Faults = 1 },
        ["delete, and take over"] = Of(Fails, Verbs.Delete().Then(Fails)) with { Before = OneTurn, Faults = 1, Kills = 1 },
        ["two deletions"] = Of(Fails, Verbs.Delete(), Verbs.Delete()) with { Before = OneTurn, Faults = 1 },
        ["delete and undo"] = Of(Verbs.Undo(WhenBusy.TakeOver), Verbs.Delete().Then(Verbs.Create())) with { Before = OneTurn, Faults = 2, Kills = 1 },
        ["sweep"] = Of(Fails, Verbs.Sweep(), Fails) with { Before = OneTurn.Then(Verbs.Delete()), Ticks = 1, Tick = TimeSpan.FromDays(8) },
        ["sweep after a deletion"] = Of(Fails, Verbs.Delete().Then(Verbs.Sweep()), TakesOver) with { Before = OneTurn, Ticks = 1, Tick = TimeSpan.FromDays(8), Kills = 1 },
        ["without a run beside a run"] = Of(Turns.Plain(), Fails) with { Before = OneTurn, Faults = 1, Kills = 1 },
        ["without a run beside two runs"] = Of(Turns.Plain(), Fails, TakesOver) with { Before = OneTurn },
        ["without a run beside undo"] = Of(Turns.Plain(), Verbs.Undo(WhenBusy.TakeOver), Fails) with { Before = OneTurn },
        ["without a run beside delete"] = Of(Turns.Plain(), Verbs.Delete(), Fails) with { Before = OneTurn },
        ["without runs"] = Of(Turns.Plain(), Turns.Plain()) with { Before = OneTurn, Faults = 1, Kills = 1 },
    };

    private static Func<Writer, Task> Fails => Turns.With(WhenBusy.Fail);

    private static Func<Writer, Task> FailsTwice => Turns.With(WhenBusy.Fail, attempts: 2);

    private static Func<Writer, Task> TakesOver => Turns.With(WhenBusy.TakeOver);

    private static Func<Writer, Task> Waits => Turns.With(WhenBusy.Wait(TimeSpan.FromSeconds(40)));

    private static Scenario Of(params Func<Writer, Task>[] writers) => new()
    {
        Writers = [.. writers.Select(static (writer, index) => ($"{(char)('A' + index)}", writer))],
    };
}
