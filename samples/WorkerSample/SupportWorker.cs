using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using SessionManager;

namespace WorkerSample;

/// <summary>
/// Holds a support conversation, and resumes it when it runs again.
/// </summary>
internal sealed class SupportWorker(
    ISessionManagerFactory sessions,
    IChatClient model,
    IOptions<SupportOptions> options,
    TimeProvider timeProvider,
    IHostApplicationLifetime lifetime) : BackgroundService
{
    private static readonly string[] FirstVisit = ["Hello, I am Ada.", "Where is my order 4711?", "Please deliver it to 7 New Lane."];
    private static readonly string[] LaterVisit = ["Do you remember me?"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var session = sessions.Create(options.Value.SessionId);
            var agent = new SessionAgent("support")
            {
                Model = ScriptedChatClient.ModelId,
                SystemPrompt = "You are a friendly support agent of a furniture shop.",
            };

            var found = await session.InitializeAsync(agent, stoppingToken);
            await TellWhatWasFoundAsync(session, agent, found, stoppingToken);
            foreach (var text in found.IsNewAgent ? FirstVisit : LaterVisit)
            {
                await HoldTurnAsync(session, agent, text, stoppingToken);
            }

            if (found.IsNewAgent)
            {
                await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["customer.name"] = "Ada", ["order"] = 4711 }, stoppingToken);
                await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "That was quick." }, stoppingToken);
                await Transcript.WriteAsync(options.Value.TranscriptFile, agent.Messages, stoppingToken);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Environment.ExitCode = 1;
            throw;
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private async Task HoldTurnAsync(ISessionManager session, SessionAgent agent, string text, CancellationToken cancellationToken)
    {
        await AddAsync(new ChatMessage(ChatRole.User, text));

        var before = agent.Metrics.GetTotals();
        var start = timeProvider.GetTimestamp();
        var chatOptions = new ChatOptions { Instructions = agent.SystemPrompt, Tools = OrderDesk.Tools };
        var response = await model.GetResponseAsync(agent.Messages, chatOptions, cancellationToken);
        agent.Metrics.AddModelCall(response.Usage, timeProvider.GetElapsedTime(start));

        foreach (var message in response.Messages)
        {
            await AddAsync(message);
        }

        agent.State["turns"] = (agent.State["turns"]?.GetValue<int>() ?? 0) + 1;
        await session.SyncAgentAsync(agent, cancellationToken);

        var after = agent.Metrics.GetTotals();
        Console.WriteLine($"          ({after.TotalTokens - before.TotalTokens} tokens, {(after.Latency - before.Latency).TotalMilliseconds:0} ms)");

        async Task AddAsync(ChatMessage message)
        {
            agent.Messages.Add(message);
            await session.AppendMessageAsync(message, agent, cancellationToken);
            Transcript.Print(message);
        }
    }

    private async Task TellWhatWasFoundAsync(ISessionManager session, SessionAgent agent, AgentInitialization found, CancellationToken cancellationToken)
    {
        if (found.IsNewAgent)
        {
            Console.WriteLine($"Session {session.SessionId} is new.");
            return;
        }

        var usage = await session.GetUsageAsync(cancellationToken);
        var metadata = await session.GetMetadataAsync(["customer.name"], cancellationToken);
        var feedbacks = await session.GetFeedbacksAsync(cancellationToken);
        Console.WriteLine(
            $"Session {session.SessionId} of {metadata?["customer.name"]} is resumed: {found.RestoredMessageCount} messages, "
            + $"{agent.State["turns"]} turns, {usage.Total.TotalTokens} tokens, {usage.Total.Latency.TotalMilliseconds:0} ms of model time, "
            + $"rated {string.Join(", ", feedbacks.Select(feedback => feedback.Rating))}. The history:");
        foreach (var message in agent.Messages)
        {
            Transcript.Print(message);
        }

        await Transcript.CompareAsync(options.Value.TranscriptFile, agent.Messages, cancellationToken);
        Console.WriteLine("Now it goes on:");
    }
}
