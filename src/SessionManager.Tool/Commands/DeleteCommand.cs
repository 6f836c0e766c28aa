using System.CommandLine;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>delete</c>: a session with all of its messages, after it was shown what goes.
/// </summary>
internal static class DeleteCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var session = new Argument<string>("session") { Description = "The id of the session." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be deleted." };
        var owner = new OwnerOptions();
        var command = new Command("delete", "Deletes a session with all of its messages.") { session, owner.Tenant, owner.User, yes, dryRun };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result);
            var id = owner.GetSessionId(result, session);
            var receipt = await CreateReceiptAsync(opened, id, cancellationToken);
            var question = $"Delete session {id} with {Format.Count(receipt.MessageCount, "message")} of {Format.Count(receipt.Agents.Count, "agent")}?";
            if (!result.GetValue(dryRun) && await terminal.AllowsAsync(question, result.GetValue(yes), cancellationToken))
            {
                await using var manager = opened.Open(id);
                receipt = receipt with { IsDeleted = await manager.DeleteSessionAsync(cancellationToken), At = TimeProvider.System.GetUtcNow() };
            }

            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(receipt);
            }
            else
            {
                var done = receipt.IsDeleted ? "Deleted" : "Not deleted";
                terminal.WriteLine($"{done}: session {id}, {Format.Count(receipt.MessageCount, "message")} of {Format.Count(receipt.Agents.Count, "agent")}.");
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<DeletionReceipt> CreateReceiptAsync(Place place, string id, CancellationToken cancellationToken)
    {
        try
        {
            await using var manager = place.Open(id);
            if (!await manager.SessionExistsAsync(cancellationToken))
            {
                throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
            }

            var agents = await Agents.ListAsync(manager, cancellationToken);
            // On all branches, and of whatever agent: all of it goes.
            var count = await place.Messages.CountDocumentsAsync(StoredLayout.ToMessages(id), options: null, cancellationToken);
            return new DeletionReceipt(id, [.. agents.Found.Select(static agent => agent.AgentId)], count, IsDeleted: false, At: null);
        }
        catch (ArgumentException)
        {
            throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
        }
    }
}
