using System.CommandLine;
using MongoDB.Driver;
using SessionManager.Tool.Output;
using Spectre.Console;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>migrate</c>: brings the sessions of the Python library over.
/// </summary>
internal static class MigrateCommand
{
    private const string SourceVariable = "SESSION_MANAGER_SOURCE";

    public static Command Create(PlaceOptions place, Terminal terminal, Interruption interruption)
    {
        var source = new MigrateOptions();
        var command = new Command("migrate", "Brings sessions of the Python library over into the collection that the other options name.");
        foreach (var option in source.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (result, cancellationToken) =>
        {
            await using var target = place.Open(result);
            using var client = OpenSource(result, source, out var databaseOfConnection);
            var database = (client ?? target.Database.Client).GetDatabase(
                result.GetValue(source.SourceDatabase) ?? databaseOfConnection ?? target.Database.DatabaseNamespace.DatabaseName);
            var migration = new PythonSessionMigration(database, result.GetRequiredValue(source.SourceCollection), target.Database, target.CollectionName);
            var run = new MigrateRun(migration, source.ToOptions(result), terminal);
            var report = result.GetValue(source.Watch) is { } seconds
                ? await run.WatchAsync(TimeSpan.FromSeconds(seconds), interruption.EndGracefully(), cancellationToken)
                : await run.OnceAsync(cancellationToken);
            if (result.GetValue(place.Json))
            {
                terminal.WriteRaw(report.ToJson());
            }
            else
            {
                Write(report, terminal);
            }

            return report.IsComplete ? ExitCode.Success : ExitCode.Findings;
        });
        return command;
    }

    private static MongoClient? OpenSource(ParseResult result, MigrateOptions options, out string? databaseName)
    {
        databaseName = null;
        var connection = result.GetValue(options.Source) ?? Environment.GetEnvironmentVariable(SourceVariable);
        return string.IsNullOrWhiteSpace(connection) ? null : MongoClients.Create(connection, "--source", out databaseName);
    }

    private static void Write(PythonMigrationReport report, Terminal terminal)
    {
        if (report.Sessions.Count > 0)
        {
            var table = new Table { Border = TableBorder.Rounded };
            table.AddColumns("session", "outcome", "what to know");
            foreach (var session in report.Sessions)
            {
                var notes = session.Findings.Select(static finding => $"{finding.Path}: {finding.Detail}").Prepend(session.Reason).OfType<string>();
                table.AddRow(new Text(SafeText.Clean(session.SessionId)), new Text(session.Outcome.ToString()), new Text(SafeText.Clean(string.Join('\n', notes))));
            }

            terminal.Write(table);
        }

        terminal.WriteLine($"{report.Source} → {report.Target}{(report.IsDryRun ? ", dry run" : "")}: {MigrateRun.Summarize(report)}");
    }
}
