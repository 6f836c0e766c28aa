using System.CommandLine;
using System.Globalization;
using SessionManager.Tool.Output;
using Spectre.Console;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>list</c>: the sessions, newest first.
/// </summary>
internal static class ListCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var which = new SelectionOptions();
        var owner = new OwnerOptions();
        var limit = new Option<int>("--limit") { Description = "How many at most, from 1 to 1000.", DefaultValueFactory = static _ => 50 };
        limit.Validators.Add(static result =>
        {
            if (int.TryParse(result.Tokens.Count > 0 ? result.Tokens[0].Value : "50", CultureInfo.InvariantCulture, out var value) && value is < 1 or > 1000)
            {
                result.AddError("--limit is from 1 to 1000.");
            }
        });
        var after = new Option<string?>("--after") { Description = "The end of the page before, as it was shown.", HelpName = "cursor" };
        var updated = new Option<bool>("--updated") { Description = "In the order of their last change, not of their creation." };
        var command = new Command("list", "Lists sessions, newest first.") { owner.Tenant, owner.User, which.Application, which.Metadata, limit, after, updated };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result);
            var page = await ListAsync(
                opened,
                new SessionQuery
                {
                    Owner = owner.Find(result),
                    ApplicationName = result.GetValue(which.Application),
                    Metadata = which.GetMetadata(result),
                    Limit = result.GetValue(limit),
                    After = result.GetValue(after),
                    Order = result.GetValue(updated) ? SessionOrder.UpdatedAt : SessionOrder.CreatedAt,
                },
                cancellationToken);
            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(page);
            }
            else
            {
                Write(page, terminal);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<SessionPage> ListAsync(Place place, SessionQuery query, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Catalog.ListSessionsAsync(query, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(exception.Message, ExitCode.Usage);
        }
    }

    private static void Write(SessionPage page, Terminal terminal)
    {
        var table = new Table { Border = TableBorder.Rounded };
        // Most places have owners for all of their sessions, or for none.
        var hasOwners = page.Sessions.Any(static session => !session.Owner.IsNone);
        table.AddColumns([.. hasOwners ? (string[])["owner"] : [], "session", "application", "created", "updated", "messages", "title", "preview", "metadata"]);
        foreach (var session in page.Sessions)
        {
            Text[] owner = hasOwners ? [new Text(SafeText.ToLine(Format.Owner(session.Owner)))] : [];
            table.AddRow(
            [
                .. owner,
                new Text(SafeText.Clean(session.SessionId)),
                new Text(SafeText.ToLine(session.ApplicationName ?? "")),
                new Text(Format.Time(session.CreatedAt)),
                new Text(Format.Time(session.UpdatedAt)),
                new Text(session.MessageCount.ToString(CultureInfo.InvariantCulture)),
                new Text(SafeText.ToLine(session.Title ?? "", 40)),
                new Text(SafeText.ToLine(session.Preview ?? "", 40)),
                new Text(SafeText.ToLine(Format.Json(session.Metadata), 60)),
            ]);
        }

        terminal.Write(table);
        if (page.Next is { } next)
        {
            terminal.WriteNote($"There are more: --after {next}");
        }
    }
}
