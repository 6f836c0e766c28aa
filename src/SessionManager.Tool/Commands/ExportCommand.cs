using System.CommandLine;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>export</c>: one session or many as lines of JSON.
/// </summary>
internal static class ExportCommand
{
    private const int PageSize = 200;

    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var session = new Argument<string?>("session") { Description = "The id of the session. Without it, all that the options select.", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string?>("--output", "-o") { Description = "The file; it appears when it is whole. Without it, the lines go to the output.", HelpName = "file" };
        var owner = new OwnerOptions();
        var which = new SelectionOptions();
        var command = new Command("export", "Writes sessions to a file, with all that is stored of them, from which import makes them again.")
        {
            session, output, owner.Tenant, owner.User, which.Application, which.Metadata,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(session) is not null && (result.GetValue(which.Application) is not null || result.GetValue(which.Metadata) is { Length: > 0 }))
            {
                result.AddError("--application and --metadata select among all sessions: name none, or leave them out.");
            }
            else if (result.GetValue(place.Json) && result.GetValue(output) is null)
            {
                result.AddError("--json tells what was written, and needs --output: the lines are JSON already.");
            }
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result);
            ExportResult? exported = null;
            await ProgressView.RunAsync(terminal, async view =>
            {
                using var bar = view.Begin("bytes");
                exported = await WriteAsync(
                    result.GetValue(output),
                    async file =>
                    {
                        await using var counted = new ProgressStream(file, bar, length: null);
                        if (result.GetValue(session) is not null)
                        {
                            return await ExportAsync(opened, owner.GetSessionId(result, session!), counted, cancellationToken);
                        }

                        var query = new SessionQuery
                        {
                            Owner = owner.Find(result),
                            ApplicationName = result.GetValue(which.Application),
                            Metadata = which.GetMetadata(result),
                            Limit = PageSize,
                        };
                        return await ExportAsync(opened, query, counted, cancellationToken);
                    });
            });
            Tell(exported!, result.GetValue(place.Json), result.GetValue(output) is null, terminal);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<ExportResult> ExportAsync(Place place, string id, Stream file, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Catalog.ExportAsync(SessionKey.Parse(id), file, cancellationToken);
        }
        catch (Exception exception) when (exception is ArgumentException or SessionNotFoundException)
        {
            throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
        }
    }

    private static async Task<ExportResult> ExportAsync(Place place, SessionQuery query, Stream file, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Catalog.ExportAsync(query, file, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(exception.Message, ExitCode.Usage);
        }
    }

    /// <summary>
    /// Writes to a file that appears when it is whole, or to the output.
    /// </summary>
    private static async Task<ExportResult> WriteAsync(string? path, Func<Stream, Task<ExportResult>> writeAsync)
    {
        try
        {
            if (path is null)
            {
                await using var output = Console.OpenStandardOutput();
                return await writeAsync(output);
            }

            var partPath = $"{path}.part";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // What users and models have said is for nobody else.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            ExportResult result;
            try
            {
                await using var file = new FileStream(partPath, options);
                result = await writeAsync(file);
            }
            catch
            {
                File.Delete(partPath);
                throw;
            }

            File.Move(partPath, path, overwrite: true);
            return result;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"The file cannot be written: {exception.Message}", ExitCode.Failure);
        }
    }

    private static void Tell(ExportResult result, bool asJson, bool toOutput, Terminal terminal)
    {
        if (asJson)
        {
            terminal.WriteJson(result);
            return;
        }

        var deleted = result.DeletedCount == 0 ? "" : $"; {Format.Count(result.DeletedCount, "session")} deleted meanwhile";
        var text = $"Exported: {Format.Count(result.SessionCount, "session")}, {Format.Count(result.MessageCount, "message")}, {Format.Count(result.FeedbackCount, "feedback")}{deleted}.";
        if (toOutput)
        {
            terminal.WriteNote(text);
        }
        else
        {
            terminal.WriteLine(text);
        }
    }
}
