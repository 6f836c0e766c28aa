namespace SessionManager.Chaos.Workers;

/// <summary>
/// Takes turns in any of sixty sessions, which other tasks and processes take at the same time.
/// </summary>
internal sealed class ManySessions(WorkerTask task, ISessionManagerFactory sessions)
{
    private const int Sessions = 60;

    private readonly Feedback _feedback = new() { Rating = FeedbackRating.Up, Comment = "Quick!" };

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await using var session = sessions.Create($"many-{task.Random.Next(Sessions)}");
            var agent = new SessionAgent("support");
            if (await task.LoadAsync(session, agent) is not null)
            {
                for (var i = task.Random.Next(1, 5); i > 0; i--)
                {
                    await task.AppendAsync(session, agent);
                    await task.PauseAsync(20, stop);
                }

                await task.WriteAsync(session, agent);
                await task.TryAsync("feedback", session.SessionId, cancellation => session.AddFeedbackAsync(_feedback, cancellation));
            }

            await task.PauseAsync(40, stop);
        }
    }
}
