using System.CommandLine;
using System.Globalization;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>show</c>: one session as a conversation, of this library or of the Python library's.
/// </summary>
internal static class ShowCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var session = new Argument<string>("session") { Description = "The id of the session." };
        var agent = new Option<string?>("--agent") { Description = "Only this agent.", HelpName = "id" };
        var branch = new Option<int?>("--branch") { Description = "The history of this branch, not of the current one.", HelpName = "number" };
        branch.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() < 0)
            {
                result.AddError("--branch is 0 or more.");
            }
        });
        var last = new Option<int?>("--last") { Description = "Only the last messages of each agent, so many.", HelpName = "count" };
        last.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
            {
                result.AddError("--last is 1 or more.");
            }
        });
        var owner = new OwnerOptions();
        var command = new Command("show", "Shows a session: its agents and what was said. Sessions of the Python library, too.") { session, owner.Tenant, owner.User, agent, branch, last };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result);
            var id = owner.GetSessionId(result, session);
            var shown = await ShownSession.ReadAsync(opened, id, result.GetValue(agent), result.GetValue(branch), result.GetValue(last), cancellationToken)
                ?? throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
            if (shown.Agents.Count == 0 && (result.GetValue(agent) is not null || result.GetValue(branch) is not null))
            {
                var ofAgent = result.GetValue(agent) is { } agentId ? $" agent {agentId}" : "";
                var ofBranch = result.GetValue(branch) is { } number ? string.Create(CultureInfo.InvariantCulture, $" branch {number}") : "";
                throw new ToolException($"Session {id} has no{ofAgent}{(ofAgent.Length > 0 && ofBranch.Length > 0 ? " with" : "")}{ofBranch}.", ExitCode.NotFound);
            }

            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(shown);
            }
            else
            {
                terminal.Write(Conversation.Draw(shown));
            }

            return ExitCode.Success;
        });
        return command;
    }
}
