using System.CommandLine;

namespace SessionManager.Tool.Commands;

/// <summary>
/// The options that name an owner.
/// </summary>
/// <param name="prefix">What the names of the options begin with.</param>
internal sealed class OwnerOptions(string prefix = "--")
{
    public Option<string?> Tenant { get; } = new($"{prefix}tenant") { Description = $"Of this tenant. Without {prefix}user, of no user of it.", HelpName = "name" };

    public Option<string?> User { get; } = new($"{prefix}user") { Description = $"Of this user. Without {prefix}tenant, of one that has none.", HelpName = "name" };

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
            throw new ToolException($"{prefix}{exception.ParamName?.ToLowerInvariant()}: {exception.Message}", ExitCode.Usage);
        }
    }

    /// <summary>
    /// Gets the id that a session has in its collection: of the owner that is named, else as it is given.
    /// </summary>
    public string GetSessionId(ParseResult result, Argument<string> session)
    {
        var id = result.GetRequiredValue(session);
        return Find(result) is { } owner ? ToKey(owner, id).ToString() : id;
    }

    /// <summary>
    /// Gets the key of a session: of an owner, else as its text is read.
    /// </summary>
    public static SessionKey ToKey(SessionOwner? owner, string id)
    {
        try
        {
            return owner is null ? SessionKey.Parse(id) : new SessionKey(owner, id);
        }
        catch (ArgumentException)
        {
            throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
        }
    }
}
