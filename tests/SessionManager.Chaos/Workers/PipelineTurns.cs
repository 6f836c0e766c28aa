using Microsoft.Extensions.AI;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// Asks a model through <c>UseSessionManager</c>, in sessions that other processes ask in, too.
/// </summary>
internal sealed class PipelineTurns(WorkerTask task, IChatClient client)
{
    private const int Sessions = 60;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var sessionId = $"many-{task.Random.Next(Sessions)}";
            var (id, _) = task.CreateMessage();
            var start = task.Now;
            await task.TryAsync("turn", sessionId, async cancellation =>
            {
                var options = new ChatOptions { ConversationId = sessionId };
                var response = await client.GetResponseAsync(new ChatMessage(ChatRole.User, id), options, cancellation);
                task.Log.Appended(sessionId, "pipeline", id, position: null, start);
                task.Log.Appended(sessionId, "pipeline", response.Text, position: null, start);
            });
            await task.PauseAsync(60, stop);
        }
    }
}
