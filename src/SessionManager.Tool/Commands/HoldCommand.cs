using System.CommandLine;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>hold</c>: what an owner has, or one session, is neither deleted nor erased and does not expire, until that is taken back.
/// </summary>
internal static class HoldCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var session = new Argument<string?>("session") { Description = "The id of the session. Without it, all that the owner has.", Arity = ArgumentArity.ZeroOrOne };
        var reason = new Option<string?>("--reason") { Description = "Why it is held.", HelpName = "text" };
        var remove = new Option<bool>("--remove") { Description = "Take the hold back." };
        var owner = new OwnerOptions();
        var command = new Command("hold", "Keeps what an owner has, or a session, from deletion, erasure and expiry.") { session, owner.Tenant, owner.User, reason, remove };
        command.SetAction(async (result, cancellationToken) =>
        {
            var (why, removes) = (result.GetValue(reason), result.GetValue(remove));
            if (removes ? why is not null : string.IsNullOrWhiteSpace(why))
            {
                throw new ToolException("Either --reason says why it is held, or --remove takes the hold back.", ExitCode.Usage);
            }

            await using var opened = place.Open(result);
            var of = owner.Find(result);
            var shown = result.GetValue(session) is { } id
                ? await HoldAsync(opened.Catalog, OwnerOptions.ToKey(of, id), why, cancellationToken)
                : await HoldAsync(
                    opened.Catalog, of ?? throw new ToolException("What? Name a session, or an owner by --tenant, --user or both.", ExitCode.Usage), why, cancellationToken);
            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(shown);
            }
            else
            {
                var what = shown.SessionId is null ? $"what {Format.Owner(of!)} has" : $"session {shown.SessionId}";
                terminal.WriteLine(shown.IsHeld ? $"Held: {what}." : shown.WasHeld == true ? $"Not held any more: {what}." : $"It was not held: {what}.");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<ShownHold> HoldAsync(SessionCatalog catalog, SessionKey session, string? reason, CancellationToken cancellationToken)
    {
        try
        {
            if (reason is null)
            {
                return new ShownHold(session.SessionId, IsHeld: false, await catalog.RemoveHoldAsync(session, cancellationToken));
            }

            await catalog.SetHoldAsync(session, reason, cancellationToken);
            return new ShownHold(session.SessionId, IsHeld: true, WasHeld: null);
        }
        catch (Exception exception) when (exception is SessionNotFoundException or ArgumentException)
        {
            throw new ToolException($"There is no session {session.SessionId}.", ExitCode.NotFound);
        }
    }

    private static async Task<ShownHold> HoldAsync(SessionCatalog catalog, SessionOwner owner, string? reason, CancellationToken cancellationToken)
    {
        if (reason is null)
        {
            return new ShownHold(SessionId: null, IsHeld: false, await catalog.RemoveHoldAsync(owner, cancellationToken));
        }

        await catalog.SetHoldAsync(owner, reason, cancellationToken);
        return new ShownHold(SessionId: null, IsHeld: true, WasHeld: null);
    }
}
