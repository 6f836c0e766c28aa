using System.CommandLine;
using System.Text.Json;

namespace SessionManager.Tool.Commands;

/// <summary>
/// Which sessions a command is about.
/// </summary>
internal sealed class SelectionOptions
{
    public SelectionOptions() => Metadata.Validators.Add(static result =>
    {
        if (result.Tokens.Any(static token => token.Value.IndexOf('=', StringComparison.Ordinal) < 1))
        {
            result.AddError("--metadata takes key=value.");
        }
        else if (result.Tokens.DistinctBy(static token => token.Value.Split('=', 2)[0]).Count() < result.Tokens.Count)
        {
            result.AddError("--metadata takes each key once.");
        }
    });

    public Option<string?> Application { get; } = new("--application") { Description = "Only those of this application.", HelpName = "name" };

    public Option<string[]> Metadata { get; } = new("--metadata")
    {
        Description = "Only those with this value of metadata; a value that is JSON is what it says. May be given several times.",
        HelpName = "key=value",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>
    /// Gets the values of metadata that are asked for; null for none.
    /// </summary>
    public Dictionary<string, object?>? GetMetadata(ParseResult result) => result.GetValue(Metadata) is not { Length: > 0 } pairs ? null : pairs
        .Select(static pair => pair.Split('=', 2))
        .ToDictionary(static pair => pair[0], static pair => ToValue(pair[1]), StringComparer.Ordinal);

    private static object? ToValue(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
