using Microsoft.Extensions.AI;
using SessionManager.Protocol.Checking;

namespace SessionManager.Protocol.Writers;

/// <summary>
/// Turns: load, question, model, answer, sync.
/// </summary>
internal static class Turns
{
    /// <summary>
    /// A turn with a run. One that fails is begun anew as often as it may.
    /// </summary>
    public static Func<Writer, Task> With(WhenBusy whenBusy, int attempts = 1, string agentId = "a", int? rewindTo = null) => async writer =>
    {
        for (var i = 1; i <= attempts; i++)
        {
            if (await TryAsync(writer, whenBusy, $"{writer.Name}{i}{(agentId == "a" ? "" : agentId)}", agentId, rewindTo))
            {
                return;
            }
        }
    };

    /// <summary>
    /// A turn by hand that goes on in its run after an append that has failed, with the same text as another message.
    /// </summary>
    public static Func<Writer, Task> GoesOn() => async writer =>
    {
        var (manager, agent, ledger) = (writer.Open(), new SessionAgent("a"), writer.World.Ledger);
        AgentBranch? branch = null;
        try
        {
            await using var run = await manager.StartRunAsync(agent, whenBusy: WhenBusy.Fail);
            branch = run.Branch;
            string[] loaded = [.. agent.Messages.Select(static message => message.Text)];
            var question = await AppendAgainAsync(writer, manager, agent, ChatRole.User, $"q{writer.Name}");
            ledger.Send(run.Branch, $"a{writer.Name}", [.. loaded, question]);
            ledger.Send(run.Branch, $"a{writer.Name}'", [.. loaded, question]);
            await AppendAgainAsync(writer, manager, agent, ChatRole.Assistant, $"a{writer.Name}");
            await run.CompleteAsync();
        }
        catch (SessionRunLostException e)
        {
            ledger.Lose(e.Branch, writer.LastToken);
        }
        catch (SessionNotFoundException)
        {
            ledger.Delete(branch?.Number ?? -1);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SessionBusyException)
        {
            // Expected.
        }
    };

    /// <summary>
    /// A turn without a run.
    /// </summary>
    public static Func<Writer, Task> Plain() => async writer =>
    {
        writer.IsPlain = true;
        var (manager, agent) = (writer.Open(), new SessionAgent("a"));
        AgentBranch? branch = null;
        try
        {
            await manager.InitializeAsync(agent);
            string[] loaded = [.. agent.Messages.Select(static message => message.Text)];
            branch = await writer.AppendAsync(manager, agent, ChatRole.User, $"q{writer.Name}");
            writer.World.Ledger.Send(branch, $"a{writer.Name}", [.. loaded, $"q{writer.Name}"]);
            branch = await writer.AppendAsync(manager, agent, ChatRole.Assistant, $"a{writer.Name}");
            await manager.SyncAgentAsync(agent);
            writer.World.Ledger.Sync(branch, isLost: false);
        }
        catch (SessionRunLostException e)
        {
            writer.World.Ledger.Sync(e.Branch, isLost: true);
        }
        catch (SessionNotFoundException)
        {
            writer.World.Ledger.Delete(branch?.Number ?? -1);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Expected.
        }
    };

    private static async Task<string> AppendAgainAsync(Writer writer, ISessionManager manager, SessionAgent agent, ChatRole role, string text)
    {
        try
        {
            await writer.AppendAsync(manager, agent, role, text);
            return text;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It may be stored, or not yet: its caller has left that open.
            writer.World.Ledger.PlainTexts.Add(text);
            await writer.AppendAsync(manager, agent, role, $"{text}'");
            return $"{text}'";
        }
    }

    private static async Task<bool> TryAsync(Writer writer, WhenBusy whenBusy, string name, string agentId, int? rewindTo)
    {
        var (manager, agent, ledger) = (writer.Open(), new SessionAgent(agentId), writer.World.Ledger);
        ISessionRun? run = null;
        var (question, answer) = ($"q{name}", $"a{name}");
        try
        {
            run = await manager.StartRunAsync(agent, new AgentInitializationOptions { RewindTo = rewindTo }, whenBusy);
            string[] loaded = [.. agent.Messages.Select(static message => message.Text)];
            await writer.AppendAsync(manager, agent, ChatRole.User, question);
            if (run.Lost.IsCancellationRequested)
            {
                throw new SessionRunLostException(run.SessionId, run.Branch);
            }

            ledger.Send(run.Branch, answer, [.. loaded, question]);
            await writer.AppendAsync(manager, agent, ChatRole.Assistant, answer);
            await run.CompleteAsync();
            ledger.Complete(agentId, writer.LastToken, question, answer);
            return true;
        }
        catch (SessionRunLostException e)
        {
            ledger.Lose(e.Branch, writer.LastToken);
        }
        catch (SessionNotFoundException)
        {
            ledger.Delete(run?.Branch.Number ?? -1);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SessionBusyException or ArgumentOutOfRangeException)
        {
            // Expected. What the range is about is that there is not so much to go back to.
        }
        finally
        {
            if (run is not null)
            {
                await run.DisposeAsync();
            }
        }

        return false;
    }
}
