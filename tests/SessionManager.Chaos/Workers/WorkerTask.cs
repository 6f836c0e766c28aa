using System.Globalization;
using Microsoft.Extensions.AI;
using MongoDB.Driver;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// What every task of a worker does: operations with a deadline, whose outcome is written down.
/// </summary>
internal sealed class WorkerTask(WorkerSettings settings, int number, WorkerLog log, TimeProvider clock)
{
    // Above what an append may try by itself, so that most end by themselves; some must be cancelled all the same.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(12);

    // A cancelled operation may have to wait for a processor, or for this process to be continued, and for nothing else.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private int _messages;

    public Random Random { get; } = new((settings.Seed * 100) + number);

    public WorkerLog Log => log;

    public WorkerSettings Settings => settings;

    public int Number => number;

    public int Failures { get; private set; }

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>
    /// Makes a message that no other message equals. Its text begins with its id.
    /// </summary>
    public (string Id, ChatMessage Message) CreateMessage()
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{settings.Name}.{number}.{_messages++}");
        var length = Random.Next(100) switch { 0 => 100_000, < 20 => 4_000, _ => 100 };
        return (id, new ChatMessage(Random.Next(2) == 0 ? ChatRole.User : ChatRole.Assistant, $"{id} {new string('x', Random.Next(length))}"));
    }

    /// <summary>
    /// Runs an operation, and cancels it at its deadline.
    /// </summary>
    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> TryAsync(string name, string sessionId, Func<CancellationToken, Task> operation)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var task = operation(deadline.Token);
        try
        {
            await task.WaitAsync(Deadline + Grace);
            return true;
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            log.Hung(name);
        }
        catch (Exception exception) when (IsOutage(exception) || IsExpiry(exception, sessionId) || deadline.IsCancellationRequested)
        {
            Failures++;
        }
        catch (Exception exception)
        {
            Failures++;
            log.Unexpected(name, exception);
        }

        return false;
    }

    /// <summary>
    /// Appends one to four messages.
    /// </summary>
    /// <returns>The position of the first, or null if that failed.</returns>
    public async Task<int?> AppendAsync(ISessionManager session, SessionAgent agent)
    {
        int? first = null;
        var start = Now;
        var messages = Enumerable.Range(0, Random.Next(3) == 0 ? Random.Next(2, 5) : 1).Select(_ => CreateMessage()).ToArray();
        await TryAsync("append", session.SessionId, async cancellation =>
        {
            var positions = messages is [var (_, only)]
                ? [await session.AppendMessageAsync(only, agent, cancellation)]
                : await session.AppendMessagesAsync([.. messages.Select(message => message.Message)], agent, cancellation);
            for (var i = 0; i < messages.Length; i++)
            {
                log.Appended(session.SessionId, agent.AgentId, messages[i].Id, positions[i], start);
            }

            first = positions[0];
        });
        return first;
    }

    /// <summary>
    /// Loads the agent as at the beginning of a turn.
    /// </summary>
    /// <returns>Whether it is new, or null if that failed.</returns>
    public async Task<bool?> LoadAsync(ISessionManager session, SessionAgent agent)
    {
        bool? isNew = null;
        await TryAsync("load", session.SessionId, async cancellation =>
        {
            var loaded = await session.InitializeAsync(agent, cancellation);
            log.Loaded(session.SessionId, agent.AgentId, loaded.IsNewAgent, agent.Messages.Count);
            isNew = loaded.IsNewAgent;
        });
        return isNew;
    }

    /// <summary>
    /// Writes to the session itself, in one of the ways that there are.
    /// </summary>
    public async Task<bool> WriteAsync(ISessionManager session, SessionAgent agent)
    {
        var start = Now;
        return await TryAsync("write", session.SessionId, async cancellation =>
        {
            switch (Random.Next(3))
            {
                case 0:
                    agent.State["changed"] = start.UtcTicks;
                    await session.SyncAgentAsync(agent, cancellation);
                    break;
                case 1:
                    await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["changed"] = start }, cancellation);
                    break;
                default:
                    await session.UpdateMetadataAsync(new Dictionary<string, object?> { [$"by.{settings.Index}"] = start }, cancellation);
                    break;
            }

            log.Written(session.SessionId, start, Now);
        });
    }

    /// <summary>
    /// Waits for a time that is random, so that tasks do not fall into step.
    /// </summary>
    public Task PauseAsync(int milliseconds, CancellationToken stop) =>
        Task.Delay(Random.Next(milliseconds), stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    // What the driver throws passes through the library as it is. Where a process stands still or is killed, others wait for its run, or take over.
    private static bool IsOutage(Exception exception) =>
        exception is MongoException or TimeoutException or IOException or SessionBusyException or SessionRunLostException;

    // A session whose life ends while a turn goes on is gone for the writes at the end of the turn.
    private static bool IsExpiry(Exception exception, string sessionId) =>
        exception is SessionNotFoundException or AgentNotFoundException && WorkerSettings.HasLifetime(sessionId);
}
