using System.CommandLine;

namespace SessionManager.Tool.Commands;

/// <summary>
/// The options of <c>migrate</c>.
/// </summary>
internal sealed class MigrateOptions
{
    private const int DefaultWatchSeconds = 10;

    public Option<string?> Source { get; } = new("--source")
    {
        Description = "The connection string of the Python library's server; else the variable SESSION_MANAGER_SOURCE, else the same server.",
        HelpName = "uri",
    };

    public Option<string?> SourceDatabase { get; } = new("--source-database")
    {
        Description = "The Python library's database; else that of --source, else the same database.",
        HelpName = "name",
    };

    public Option<string> SourceCollection { get; } = new("--source-collection")
    {
        Description = "The Python library's collection of sessions. It is only read.",
        HelpName = "name",
        Required = true,
    };

    public Option<string[]> Sessions { get; } = new("--session") { Description = "Only this session. May be given several times.", HelpName = "id" };

    public Option<bool> DryRun { get; } = new("--dry-run") { Description = "Write nothing, and say what would be done." };

    public Option<int?> Watch { get; } = new("--watch")
    {
        Description = $"Go on while Python still writes, every so many seconds ({DefaultWatchSeconds}); the first Ctrl+C makes one last pass.",
        HelpName = "seconds",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = static result => result.Tokens is [var token] && int.TryParse(token.Value, out var seconds) && seconds is >= 0 and <= 86_400
            ? seconds
            : result.Tokens.Count == 0 ? DefaultWatchSeconds : Refuse(result),
    };

    public Option<int> Parallelism { get; } = new("--parallelism") { Description = "How many sessions are worked on at once, from 1 to 64.", DefaultValueFactory = static _ => 4 };

    public Option<bool> NoVerify { get; } = new("--no-verify") { Description = "Do not read again what was written." };

    public Option<bool> KeepViewerPassword { get; } = new("--keep-viewer-password") { Description = "Keep session_viewer_password." };

    public Option<string?> OwnerUser { get; } = new("--owner")
    {
        Description = "The field that says which user a session belongs to, such as metadata.user_id. Without it sessions have no owner.",
        HelpName = "field",
    };

    public Option<string?> OwnerTenant { get; } = new("--owner-tenant") { Description = "The field that says which tenant a session belongs to.", HelpName = "field" };

    public IEnumerable<Option> All =>
        [Source, SourceDatabase, SourceCollection, Sessions, OwnerUser, OwnerTenant, DryRun, Watch, Parallelism, NoVerify, KeepViewerPassword];

    public PythonMigrationOptions ToOptions(ParseResult result)
    {
        var options = new PythonMigrationOptions
        {
            DryRun = result.GetValue(DryRun),
            Verify = !result.GetValue(NoVerify),
            KeepViewerPassword = result.GetValue(KeepViewerPassword),
            OwnerUserField = result.GetValue(OwnerUser),
            OwnerTenantField = result.GetValue(OwnerTenant),
            MaxParallelism = result.GetValue(Parallelism),
        };
        if (options.MaxParallelism is < 1 or > 64)
        {
            throw new ToolException("--parallelism is from 1 to 64.", ExitCode.Usage);
        }

        foreach (var session in result.GetValue(Sessions) ?? [])
        {
            options.SessionIds.Add(session.Length > 0 ? session : throw new ToolException("--session is the id of a session.", ExitCode.Usage));
        }

        return options;
    }

    private static int? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--watch takes a number of seconds, from 0 to 86400.");
        return null;
    }
}
