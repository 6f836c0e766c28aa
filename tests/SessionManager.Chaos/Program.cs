using System.Globalization;
using SessionManager.Chaos;
using SessionManager.Chaos.Soaking;
using SessionManager.Chaos.Workers;

const string Usage =
    """
    chaos [MINUTES [SEED]]  Everything fails while four processes store; whether all of it is stored right is judged at the end.
    soak [MINUTES]          A thousand sessions in a loop, while heap, handles and threads must stay level.
    """;

switch (args)
{
    case ["chaos"]:
        return await ChaosRun.RunAsync(TimeSpan.FromMinutes(1), Random.Shared.Next());
    case ["chaos", var minutes]:
        return await ChaosRun.RunAsync(ToTime(minutes), Random.Shared.Next());
    case ["chaos", var minutes, var seed]:
        return await ChaosRun.RunAsync(ToTime(minutes), int.Parse(seed, CultureInfo.InvariantCulture));
    case ["soak"]:
        return await SoakRun.RunAsync(TimeSpan.FromMinutes(30));
    case ["soak", var minutes]:
        return await SoakRun.RunAsync(ToTime(minutes));
    case [WorkerSettings.Argument, var settings]:
        return await Worker.RunAsync(WorkerSettings.Parse(settings));
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static TimeSpan ToTime(string minutes) => TimeSpan.FromMinutes(double.Parse(minutes, CultureInfo.InvariantCulture));
