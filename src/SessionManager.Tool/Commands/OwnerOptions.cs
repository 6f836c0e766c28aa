using System.CommandLine;

namespace SessionManager.Tool.Commands;

/// <summary>
/// The options that say whose sessions are meant.
/// </summary>
internal sealed class OwnerOptions
{
    public Option<string?> Tenant { get; } = new("--tenant") { Description = "Of this tenant. Without --user, of no user of it.", HelpName = "name" };

    public Option<string?> User { get; } = new("--user") { Description = "Of this user. Without --tenant, of one that has none.", HelpName = "name" };

    /// <summary>
    /// Finds the owner that is named; null for none.
    /// </summary>
    public SessionOwner? Find(ParseResult result)
    {
        var (tenant, user) = (result.GetValue(Tenant), result.GetValue(User));
        try
        {
            return tenant is null && user is null ? null : new SessionOwner { Tenant = tenant, User = user };
        }
        catch (ArgumentException exception)
        {
            throw new ToolException($"--{exception.ParamName?.ToLowerInvariant()}: {exception.Message}", ExitCode.Usage);
        }
    }

    /// <summary>
    /// Gets the id that a session has in its collection: of the owner that is named, else as it is given.
    /// </summary>
    public string GetSessionId(ParseResult result, Argument<string> session)
    {
        var id = result.GetRequiredValue(session);
        try
        {
            return Find(result) is { } owner ? new SessionKey(owner, id).ToString() : id;
        }
        catch (ArgumentException)
        {
            throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
        }
    }
}
