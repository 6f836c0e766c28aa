using System.CommandLine;
using System.Globalization;
using SessionManager.Tool.Doctor;
using SessionManager.Tool.Output;
using Spectre.Console;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>doctor</c>: what is wrong with what is stored, and with <c>--fix</c> mending it, one by one.
/// </summary>
internal static class DoctorCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var fix = new Option<bool>("--fix") { Description = "Repair or remove what was found, one after the other, after showing it." };
        var yes = new Option<bool>("--yes", "-y") { Description = "With --fix: do not ask." };
        var dryRun = new Option<bool>("--dry-run") { Description = "With --fix: only say what would be done." };
        var indexes = new IndexOptions();
        var command = new Command("doctor", "Looks for what is orphaned, missing, damaged or foreign among all sessions.")
        {
            fix, yes, dryRun, indexes.MetadataFields, indexes.Expires,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result, options => indexes.Apply(result, options));
            IDoctorCheck[] checks =
            [
                new SessionCheck(opened),
                new MessageCheck(opened),
                new FeedbackCheck(opened),
                new RunCheck(opened),
                new IndexCheck(opened, indexes.GetMetadataFields(result), result.GetValue(indexes.Expires)),
            ];
            var report = await ExamineAsync(checks, terminal, cancellationToken);
            var isJson = result.GetValue(place.Json);
            if (!isJson)
            {
                Write(report, terminal);
            }

            if (result.GetValue(fix) && !result.GetValue(dryRun))
            {
                report = report with { Findings = await FixAsync(report.Findings, result.GetValue(yes), terminal, cancellationToken) };
            }

            if (isJson)
            {
                terminal.WriteJson(report);
            }

            return report.IsHealthy ? ExitCode.Success : ExitCode.Findings;
        });
        return command;
    }

    private static async Task<DoctorReport> ExamineAsync(IDoctorCheck[] checks, Terminal terminal, CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>();
        var counts = new long[checks.Length];
        await ProgressView.RunAsync(terminal, async view =>
        {
            for (var i = 0; i < checks.Length; i++)
            {
                var index = i;
                using var bar = view.Begin(checks[i].Name);
                await foreach (var finding in checks[i].RunAsync(
                    count =>
                    {
                        counts[index] += count;
                        bar.Report(counts[index], total: null, Format.Count(findings.Count, "finding"));
                    },
                    cancellationToken))
                {
                    findings.Add(finding);
                }
            }
        });
        return new DoctorReport(counts[0], counts[1], counts[2], findings);
    }

    private static async Task<IReadOnlyList<DoctorFinding>> FixAsync(
        IReadOnlyList<DoctorFinding> findings, bool isConfirmed, Terminal terminal, CancellationToken cancellationToken)
    {
        var results = new List<DoctorFinding>();
        foreach (var finding in findings)
        {
            var isAllowed = finding.FixAsync is not null
                && await terminal.AllowsAsync($"{ToText(finding)} {finding.Remedy} Do it?", isConfirmed, cancellationToken);
            var isFixed = isAllowed && await finding.FixAsync!(cancellationToken);
            if (isAllowed)
            {
                terminal.WriteNote(isFixed
                    ? $"fixed: {ToText(finding)} {finding.Remedy}"
                    : $"not fixed: {ToText(finding)} The server has refused it, or another writer was there meanwhile: run doctor again.");
            }

            results.Add(finding with { IsFixed = isFixed });
        }

        return results;
    }

    private static void Write(DoctorReport report, Terminal terminal)
    {
        if (report.Findings.Count > 0)
        {
            var table = new Table { Border = TableBorder.Rounded };
            table.AddColumns("finding", "where", "what", "remedy");
            foreach (var finding in report.Findings)
            {
                table.AddRow(
                    new Text(finding.Kind.ToString()),
                    new Text(SafeText.Clean(ToPlace(finding))),
                    new Text(SafeText.Clean(finding.Detail)),
                    new Text(finding.CanFix ? $"--fix: {finding.Remedy}" : finding.Remedy));
            }

            terminal.Write(table);
        }

        terminal.WriteLine(
            $"{Format.Count(report.SessionCount, "session")}, {Format.Count(report.MessageCount, "message")}, {Format.Count(report.FeedbackCount, "feedback")}: {Format.Count(report.Findings.Count, "finding")}.");
    }

    private static string ToText(DoctorFinding finding) => $"{finding.Kind} {ToPlace(finding)}: {finding.Detail}";

    private static string ToPlace(DoctorFinding finding)
    {
        // As in the key of a message, where branch 0 is left out.
        string?[] parts =
        [
            finding.SessionId,
            finding.AgentId,
            finding.Branch is > 0 ? string.Create(CultureInfo.InvariantCulture, $"~{finding.Branch}") : null,
            finding.Position?.ToString(CultureInfo.InvariantCulture),
            finding.FeedbackId,
        ];
        return string.Join('/', parts.Where(static part => part is not null));
    }
}
