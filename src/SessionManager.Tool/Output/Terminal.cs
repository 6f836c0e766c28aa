using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SessionManager.Tool.Output;

/// <summary>
/// The two streams of the tool: results go to the output, as pictures or as JSON; notes, errors and progress to the other one.
/// </summary>
internal sealed class Terminal
{
    // Of a table that goes into a file or a pipe.
    private const int RedirectedWidth = 160;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // A terminal is no web page. Control characters stay escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly IAnsiConsole _output = Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>
    /// Gets the console for progress.
    /// </summary>
    public IAnsiConsole Notes { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>
    /// Gets whether a person can be asked.
    /// </summary>
    public bool IsInteractive { get; } = !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>
    /// Gets whether a person sees progress.
    /// </summary>
    public bool ShowsProgress { get; } = !Console.IsErrorRedirected;

    public void Write(IRenderable picture) => _output.Write(picture);

    /// <summary>
    /// Writes a line as it is: what reads it from a pipe finds no break in it.
    /// </summary>
    public void WriteLine(string text) => _output.Profile.Out.Writer.WriteLine(SafeText.Clean(text));

    public void WriteJson<T>(T value) => WriteRaw(JsonSerializer.Serialize(value, Json));

    /// <summary>
    /// Writes what is JSON already.
    /// </summary>
    public void WriteRaw(string json) => _output.Profile.Out.Writer.WriteLine(json);

    public void WriteError(string message)
    {
        Notes.Markup("[red]error:[/] ");
        WriteNote(message);
    }

    public void WriteNote(string message) => Notes.Profile.Out.Writer.WriteLine(SafeText.Clean(message));

    /// <summary>
    /// Asks for a yes.
    /// </summary>
    public Task<bool> ConfirmAsync(string question, CancellationToken cancellationToken) =>
        Notes.ConfirmAsync(Markup.Escape(SafeText.Clean(question)), defaultValue: false, cancellationToken);

    /// <summary>
    /// Asks whether something is to be done, unless that was said on the command line.
    /// </summary>
    /// <exception cref="ToolException">Nobody can be asked.</exception>
    public async Task<bool> AllowsAsync(string question, bool isConfirmed, CancellationToken cancellationToken)
    {
        if (isConfirmed)
        {
            return true;
        }

        return IsInteractive
            ? await ConfirmAsync(question, cancellationToken)
            : throw new ToolException("There is nobody to ask: the input is no terminal. Say --yes, or --dry-run to see what would be done.", ExitCode.Usage);
    }

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (isRedirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }
}
