using System.CommandLine;
using System.Runtime.InteropServices;
using SessionManager.Tool.Commands;
using SessionManager.Tool.Output;

namespace SessionManager.Tool;

/// <summary>
/// Parses the command line, runs the command, and says what went wrong: in one line, without a secret.
/// </summary>
internal static class ToolProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        using var interruption = new Interruption();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, interruption.Handle);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, interruption.Handle);
        var terminal = new Terminal();
        var result = CreateCommand(terminal, interruption).Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors)
            {
                terminal.WriteError(error.Message);
            }

            terminal.WriteNote("session-manager --help shows what there is.");
            return ExitCode.Usage;
        }

        return await RunAsync(result, terminal, interruption);
    }

    private static async Task<int> RunAsync(ParseResult result, Terminal terminal, Interruption interruption)
    {
        try
        {
            // Signals are ours: a watch ends with one more pass.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration, interruption.Token);
        }
        catch (ToolException exception)
        {
            terminal.WriteError(exception.Message);
            return exception.ExitCode;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            terminal.WriteError("Interrupted.");
            return ExitCode.Cancelled;
        }
        catch (UnsupportedSessionException exception)
        {
            terminal.WriteError(exception.Message);
            return ExitCode.Findings;
        }
        catch (SessionException exception)
        {
            terminal.WriteError(exception.Message);
            return ExitCode.Failure;
        }
        catch (Exception exception) when (ServerFault.Describe(exception) is { } fault)
        {
            terminal.WriteError(fault);
            return ExitCode.Failure;
        }
    }

    private static RootCommand CreateCommand(Terminal terminal, Interruption interruption)
    {
        var root = new RootCommand("Sessions that SessionManager keeps in MongoDB.");
        var place = new PlaceOptions();
        foreach (var option in place.All)
        {
            option.Recursive = true;
            root.Options.Add(option);
        }

        root.Subcommands.Add(ListCommand.Create(place, terminal));
        root.Subcommands.Add(ShowCommand.Create(place, terminal));
        root.Subcommands.Add(DeleteCommand.Create(place, terminal));
        root.Subcommands.Add(AssignCommand.Create(place, terminal));
        root.Subcommands.Add(EraseCommand.Create(place, terminal));
        root.Subcommands.Add(HoldCommand.Create(place, terminal));
        root.Subcommands.Add(ExportCommand.Create(place, terminal));
        root.Subcommands.Add(ImportCommand.Create(place, terminal));
        root.Subcommands.Add(IndexesCommand.Create(place, terminal));
        root.Subcommands.Add(DoctorCommand.Create(place, terminal));
        root.Subcommands.Add(MigrateCommand.Create(place, terminal, interruption));
        return root;
    }
}
