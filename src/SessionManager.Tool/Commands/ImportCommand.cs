using System.CommandLine;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>import</c>: brings in the sessions of a file that <c>export</c> has written.
/// </summary>
internal static class ImportCommand
{
    private const string Input = "-";

    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var path = new Argument<string>("file") { Description = "The file, or - for the input." };
        var days = new Option<double?>("--expires-after") { Description = "The lifetime of sessions, in days, as the application's options say (SessionTtl). Without it, none expires before its next use.", HelpName = "days" };
        days.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && value is not (> 0 and < 36_500))
            {
                result.AddError("--expires-after is more than 0 and less than 36500.");
            }
        });
        var command = new Command("import", "Brings in the sessions of a file. Those that are there already are left as they are.") { path, days };
        command.SetAction(async (result, cancellationToken) =>
        {
            var lifetime = result.GetValue(days);
            await using var opened = place.Open(result, options => options.SessionTtl = lifetime is { } value ? TimeSpan.FromDays(value) : null);
            var name = result.GetRequiredValue(path);
            ImportResult? imported = null;
            await ProgressView.RunAsync(terminal, async view =>
            {
                using var bar = view.Begin("bytes");
                await using var file = Open(name);
                await using var counted = new ProgressStream(file, bar, name == Input ? null : file.Length);
                imported = await ImportAsync(opened, counted, cancellationToken);
            });
            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(imported);
            }
            else
            {
                terminal.WriteLine(
                    $"Imported: {Format.Count(imported!.SessionCount, "session")}, {Format.Count(imported.MessageCount, "message")}, "
                    + $"{Format.Count(imported.FeedbackCount, "feedback")}; {Format.Count(imported.SkippedCount, "session")} there already.");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Stream Open(string path)
    {
        try
        {
            return path == Input ? Console.OpenStandardInput() : File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"The file cannot be read: {exception.Message}", ExitCode.Failure);
        }
    }

    private static async Task<ImportResult> ImportAsync(Place place, Stream file, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Catalog.ImportAsync(file, cancellationToken);
        }
        catch (SessionFileException exception)
        {
            throw new ToolException(
                $"{exception.Message} What stands before it is imported; once the file is mended, import it again.", exception.Version is null ? ExitCode.Failure : ExitCode.Findings);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            throw new ToolException(exception.Message, ExitCode.Failure);
        }
    }
}
