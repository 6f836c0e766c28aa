namespace SessionManager.Chaos.Workers;

/// <summary>
/// Keeps sessions with a lifetime alive, together with the other processes, by turns that come well within it.
/// </summary>
internal sealed class KeptSessions(WorkerTask task, ISessionManagerFactory sessions)
{
    private const int Sessions = 8;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await using var session = sessions.Create($"kept-{task.Random.Next(Sessions)}");
            var agent = new SessionAgent("support");
            if (await task.LoadAsync(session, agent) is not null)
            {
                await task.AppendAsync(session, agent);
                await task.PauseAsync(50, stop);
                await task.AppendAsync(session, agent);
                await task.WriteAsync(session, agent);
            }

            await task.PauseAsync(100, stop);
        }
    }
}
