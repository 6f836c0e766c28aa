using Microsoft.Extensions.AI;
using Microsoft.Extensions.Hosting;
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
    IHostApplicationLifetime lifetime) : BackgroundService
{
    public const string AgentId = "support";

    private static readonly string[] FirstVisit = ["Hello, I am Ada.", "Where is my order 4711?", "Please deliver it to 7 New Lane."];
    private static readonly string[] LaterVisit = ["Do you remember me?"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var session = sessions.Create(options.Value.SessionId);
            if (await session.CreateSessionAsync(stoppingToken))
            {
                await BeginAsync(session, stoppingToken);
            }
            else
            {
                await ResumeAsync(session, stoppingToken);
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

    private async Task BeginAsync(ISessionManager session, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Session {session.SessionId} is new.");
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["customer.name"] = "Ada", ["order"] = 4711 }, cancellationToken);

        var said = await TalkAsync(session.SessionId, FirstVisit, cancellationToken);

        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "That was quick." }, cancellationToken);
        await Transcript.WriteAsync(options.Value.TranscriptFile, said, cancellationToken);
    }

    private async Task ResumeAsync(ISessionManager session, CancellationToken cancellationToken)
    {
        var usage = await session.GetUsageAsync(cancellationToken);
        var metadata = await session.GetMetadataAsync(["customer.name"], cancellationToken);
        var feedbacks = await session.GetFeedbacksAsync(cancellationToken);
        var history = await session.ListMessagesAsync(AgentId, cancellationToken: cancellationToken);
        Console.WriteLine(
            $"Session {session.SessionId} of {metadata?["customer.name"]} is resumed: {history.Count} messages, "
            + $"{usage.Total.TotalTokens} tokens, {usage.Total.Latency.TotalMilliseconds:0} ms of model time, "
            + $"rated {string.Join(", ", feedbacks.Select(feedback => feedback.Rating))}. The history:");
        ChatMessage[] messages = [.. history.Select(stored => stored.EffectiveMessage)];
        Transcript.Print(messages);
        await Transcript.CompareAsync(options.Value.TranscriptFile, messages, cancellationToken);

        Console.WriteLine("Now it goes on:");
        await TalkAsync(session.SessionId, LaterVisit, cancellationToken);
    }

    private async Task<List<ChatMessage>> TalkAsync(string sessionId, string[] texts, CancellationToken cancellationToken)
    {
        // With the id of the session, the model is sent the history as well, and all that is said is stored.
        var chatOptions = new ChatOptions
        {
            ConversationId = sessionId,
            Instructions = "You are a friendly support agent of a furniture shop.",
            Tools = OrderDesk.Tools,
        };
        var said = new List<ChatMessage>();
        foreach (var text in texts)
        {
            var question = new ChatMessage(ChatRole.User, text);
            var response = await model.GetResponseAsync(question, chatOptions, cancellationToken);
            ChatMessage[] turn = [question, .. response.Messages];
            said.AddRange(turn);
            Transcript.Print(turn);
            Console.WriteLine($"          ({response.Usage?.TotalTokenCount} tokens)");
        }

        return said;
    }
}
