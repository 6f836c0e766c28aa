namespace SessionManager.Chaos.Workers;

/// <summary>
/// Appends to one session that every process appends to, and to agents that they share.
/// </summary>
internal sealed class SharedSession(WorkerTask task, ISessionManagerFactory sessions)
{
    private const int Agents = 3;
    private const int AppendsPerLoad = 50;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await using var session = sessions.Create("shared");
            var agent = new SessionAgent($"agent-{task.Random.Next(Agents)}");
            if (await task.LoadAsync(session, agent) is null)
            {
                continue;
            }

            for (var i = 0; i < AppendsPerLoad && !stop.IsCancellationRequested; i++)
            {
                await task.AppendAsync(session, agent);
                await task.PauseAsync(60, stop);
            }

            await task.WriteAsync(session, agent);
        }
    }
}
