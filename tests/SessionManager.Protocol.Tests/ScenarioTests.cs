using System.Diagnostics;
using System.Globalization;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol;

/// <summary>
/// The protocol holds, whatever the order of its steps.
/// </summary>
public sealed class ScenarioTests(ITestOutputHelper output)
{
    // Of all that a scenario has, in every run; what goes wrong least comes first.
    private const int StatesOfATest = 4_000;

    public static TheoryData<string> Names => [.. Scenarios.All.Keys.Where(static name => name.Contains(Part, StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_EveryOrderOfItsSteps_KeepsTheInvariants(string name)
    {
        foreach (var (kind, part) in Split(Scenarios.All[name]))
        {
            var start = Stopwatch.GetTimestamp();
            var explorer = new Explorer(part, MaxStates);

            explorer.Explore();

            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}, {kind}: {explorer.States} states{(explorer.IsComplete ? "" : " of more")}, {explorer.Executions} executions, up to {explorer.LongestPath} steps, {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s"));
            if (!explorer.IsComplete)
            {
                break;
            }
        }
    }

    private static bool IsExhaustive => Asked is not null;

    private static int MaxStates => Asked switch
    {
        null => StatesOfATest,
        "all" => int.MaxValue,
        var number => int.Parse(number, CultureInfo.InvariantCulture),
    };

    // Of the names of scenarios.
    private static string Part => Environment.GetEnvironmentVariable("SESSIONMANAGER_CHECK_NAME") ?? "";

    // "all", or how many states of each scenario.
    private static string? Asked => Environment.GetEnvironmentVariable("SESSIONMANAGER_CHECK");

    private static List<(string Kind, Scenario Part)> Split(Scenario scenario)
    {
        List<(string Kind, Scenario Part)> parts = [("whole", scenario)];
        if (!IsExhaustive)
        {
            parts.Insert(0, ("nothing goes wrong", scenario with { Faults = 0, Kills = 0 }));
            if (scenario is { Faults: > 0, Kills: > 0 } or { Faults: > 1 })
            {
                parts.Insert(1, ("one command goes wrong", scenario with { Faults = 1, Kills = 0 }));
            }
        }

        return parts;
    }
}
