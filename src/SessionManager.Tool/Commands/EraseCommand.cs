using System.CommandLine;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>erase</c>: everything of an owner, after it was shown what goes; or the receipt of an erasure.
/// </summary>
internal static class EraseCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be erased." };
        var receipt = new Option<string?>("--receipt") { Description = "Only show the receipt of an erasure.", HelpName = "id" };
        var owner = new OwnerOptions();
        var command = new Command("erase", "Erases everything of an owner. It can be stopped at any point and begun again.") { owner.Tenant, owner.User, yes, dryRun, receipt };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result);
            var shown = result.GetValue(receipt) is { } id
                ? await ShowAsync(opened, id, cancellationToken)
                : await EraseAsync(
                    opened,
                    owner.Find(result) ?? throw new ToolException("Whose? Name the owner by --tenant, --user or both.", ExitCode.Usage),
                    question => result.GetValue(dryRun) ? Task.FromResult(false) : terminal.AllowsAsync(question, result.GetValue(yes), cancellationToken),
                    cancellationToken);
            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(shown);
            }
            else
            {
                terminal.WriteLine(ToText(shown));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<ShownErasure> ShowAsync(Place place, string id, CancellationToken cancellationToken)
    {
        try
        {
            return ShownErasure.Create(await place.Catalog.GetErasureAsync(id, cancellationToken) ?? throw ToNotFound(id));
        }
        catch (ArgumentException)
        {
            throw ToNotFound(id);
        }
    }

    private static ToolException ToNotFound(string id) => new($"There is no receipt {id}.", ExitCode.NotFound);

    private static async Task<ShownErasure> EraseAsync(Place place, SessionOwner owner, Func<string, Task<bool>> allowsAsync, CancellationToken cancellationToken)
    {
        var sessions = await place.Sessions.CountDocumentsAsync(StoredLayout.ToSessions(owner), options: null, cancellationToken);
        var messages = await place.Messages.CountDocumentsAsync(StoredLayout.ToMessages(owner), options: null, cancellationToken);
        // Feedback has keys that begin as those of messages do.
        var feedbacks = await place.Feedback.CountDocumentsAsync(StoredLayout.ToMessages(owner), options: null, cancellationToken);
        return await allowsAsync($"Erase {Format.Count(sessions, "session")} with {Format.Count(messages, "message")} and {Format.Count(feedbacks, "feedback")} of {Format.Owner(owner)}?")
            ? ShownErasure.Create(await place.Catalog.EraseAsync(owner, cancellationToken))
            : new ShownErasure(Id: null, sessions, messages, feedbacks, StartedAt: null, CompletedAt: null, FinalAt: null, IsFinal: false);
    }

    private static string ToText(ShownErasure shown)
    {
        var what = $"{Format.Count(shown.SessionCount, "session")}, {Format.Count(shown.MessageCount, "message")}, {Format.Count(shown.FeedbackCount, "feedback")}";
        return shown switch
        {
            { Id: null } => $"Not erased: {what}.",
            { FinalAt: { } finalAt, IsFinal: false } => $"Erased: {what}; what stays known of it goes after {Format.Time(finalAt)}. Receipt {shown.Id}.",
            { IsFinal: true } => $"Erased: {what}; nothing that names the owner is stored any more. Receipt {shown.Id}.",
            _ => $"Being erased: {what} so far. Receipt {shown.Id}.",
        };
    }
}
